#include "core/serving/serving_observer.h"

namespace cae {

void ServingObserver::OnModelLoaded(const ServableIdentity&, absl::Duration) {}
void ServingObserver::OnModelLoadFailed(const std::string&, std::int64_t, const absl::Status&) {}
void ServingObserver::OnModelUnloaded(const ServableIdentity&) {}
void ServingObserver::OnJobStarted(const std::string&, absl::Duration) {}
void ServingObserver::OnJobSlice(const std::string&, absl::Duration) {}

}  // namespace cae
