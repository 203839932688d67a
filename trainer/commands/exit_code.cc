#include "trainer/commands/exit_code.h"

#include "absl/strings/cord.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

constexpr char kUsagePayload[] = "cae-train/usage";

}  // namespace

absl::Status Usage(absl::Status status) {
  if (!status.ok()) status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  if (status.GetPayload(kUsagePayload).has_value()) return 2;
  if (absl::IsCancelled(status) && InterruptGuard::signal() != 0) {
    return 128 + InterruptGuard::signal();
  }
  return 1;
}

}  // namespace cae
