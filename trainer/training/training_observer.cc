#include "trainer/training/training_observer.h"

#include "core/base/status_macros.h"

namespace cae {

absl::Status ObserverList::OnStep(const TrainingReport& report) {
  for (TrainingObserver* observer : observers_) CAE_RETURN_IF_ERROR(observer->OnStep(report));
  return absl::OkStatus();
}

absl::Status ObserverList::OnEpoch(const TrainingReport& report) {
  for (TrainingObserver* observer : observers_) CAE_RETURN_IF_ERROR(observer->OnEpoch(report));
  return absl::OkStatus();
}

}  // namespace cae
