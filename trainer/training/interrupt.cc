#include "trainer/training/interrupt.h"

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

volatile std::sig_atomic_t signal_that_came = 0;

void Note(int number) { signal_that_came = number; }

}  // namespace

InterruptGuard::InterruptGuard() {
  signal_that_came = 0;
  struct sigaction action = {};
  action.sa_handler = Note;
  sigemptyset(&action.sa_mask);
  // Reset by the first signal, so that the second does what signals do.
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, &earlier_interrupt_);
  sigaction(SIGTERM, &action, &earlier_terminate_);
}

InterruptGuard::~InterruptGuard() {
  sigaction(SIGINT, &earlier_interrupt_, nullptr);
  sigaction(SIGTERM, &earlier_terminate_, nullptr);
}

int InterruptGuard::signal() { return signal_that_came; }

void InterruptGuard::Forget() { signal_that_came = 0; }

absl::Status InterruptGuard::Check() const {
  if (signal_that_came == 0) return absl::OkStatus();
  return absl::CancelledError(absl::StrCat("stopped by ",
                                           signal_that_came == SIGINT ? "SIGINT" : "SIGTERM",
                                           "; no file is half written"));
}

}  // namespace cae
