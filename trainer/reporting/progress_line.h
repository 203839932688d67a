// ProgressLine: how far training is, for people.
#ifndef CAE_TRAINER_REPORTING_PROGRESS_LINE_H_
#define CAE_TRAINER_REPORTING_PROGRESS_LINE_H_

#include <ostream>

#include "core/base/clock.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// On a terminal one line that is rewritten in place, at most ten times a second: stage, epoch,
/// metrics so far, rows a second, time left in the stage. Elsewhere, and on a terminal too at the
/// end of each epoch, one plain line an epoch with the validation metrics; where an epoch is long,
/// elsewhere the line of a terminal, too, a minute after the line before.
class ProgressLine : public TrainingObserver {
 public:
  /// Stream and clock must outlive it.
  ProgressLine(std::ostream& out, bool terminal, const Clock& clock = Clock::System())
      : out_(out), terminal_(terminal), clock_(clock) {}
  /// Leaves the cursor at the start of a fresh line.
  ~ProgressLine() override;

  absl::Status OnStep(const TrainingReport& report) override;
  absl::Status OnEpoch(const TrainingReport& report) override;

 private:
  bool IsDue();
  void Erase();

  std::ostream& out_;
  const bool terminal_;
  const Clock& clock_;
  absl::Time last_ = absl::InfinitePast();  // when a line was shown
  std::size_t shown_ = 0;                   // characters of the line that stands there
};

}  // namespace cae

#endif  // CAE_TRAINER_REPORTING_PROGRESS_LINE_H_
