// InterruptGuard: SIGINT and SIGTERM as a status, so that a run ends between two steps and leaves
// nothing half done.
#ifndef CAE_TRAINER_TRAINING_INTERRUPT_H_
#define CAE_TRAINER_TRAINING_INTERRUPT_H_

#include <csignal>

#include "trainer/training/training_observer.h"

namespace cae {

/// Catches the two signals while it lives and puts the earlier handlers back. As an observer it
/// ends the run with CANCELLED after the step in which a signal came. A second signal ends the
/// process at once. At most one may live at a time; the owner's thread alone may use it.
class InterruptGuard : public TrainingObserver {
 public:
  InterruptGuard();
  ~InterruptGuard() override;
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// The signal that came, 0 for none yet. A shell expects the exit code 128 + signal.
  static int signal();
  /// Forgets it, before something that may or may not have a guard of its own.
  static void Forget();

  /// CANCELLED, naming the signal, once one came.
  absl::Status Check() const;
  absl::Status OnStep(const TrainingReport&) override { return Check(); }
  absl::Status OnEpoch(const TrainingReport&) override { return Check(); }

 private:
  struct sigaction earlier_interrupt_ = {};
  struct sigaction earlier_terminate_ = {};
};

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_INTERRUPT_H_
