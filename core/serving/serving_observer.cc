#include "core/serving/serving_observer.h"

namespace cae {

void ServingObserver::OnModelLoaded(const ServableIdentity&, absl::Duration) {}
void ServingObserver::OnModelLoadFailed(const std::string&, std::int64_t, const absl::Status&) {}
void ServingObserver::OnModelUnloaded(const ServableIdentity&) {}
void ServingObserver::OnJobStarted(const std::string&, absl::Duration) {}
void ServingObserver::OnJobSlice(const std::string&, absl::Duration) {}
void ServingObserver::OnQueuedRows(const ServableIdentity&, std::int64_t) {}
void ServingObserver::OnRowTile(const ServableIdentity&, const std::string&, std::int64_t,
                                std::int64_t) {}
void ServingObserver::OnChains(const ServableIdentity&, ChainState, std::int64_t) {}
void ServingObserver::OnChainTile(const ServableIdentity&, std::int64_t, std::int64_t) {}
void ServingObserver::OnWastedSteps(const ServableIdentity&, std::int64_t) {}
void ServingObserver::OnStreamInterrupted(const ServableIdentity&, absl::Duration) {}
void ServingObserver::OnTangentFallbacks(const ServableIdentity&, std::int64_t) {}

}  // namespace cae
