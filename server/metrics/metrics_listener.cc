#include "server/metrics/metrics_listener.h"

#include <prometheus/exposer.h>

#include <exception>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/config/listen_address.h"

namespace cae {

absl::StatusOr<std::unique_ptr<MetricsListener>> MetricsListener::Start(
    const std::string& address) {
  CAE_ASSIGN_OR_RETURN(ListenAddress bound, ListenAddress::Parse(address));
  // The HTTP server takes addresses, no names.
  if (bound.host == "localhost") bound.host = "127.0.0.1";
  // It throws where it cannot listen, and does not say why.
  try {
    auto exposer = std::make_unique<prometheus::Exposer>(
        std::vector<std::string>{"listening_ports", bound.ToString(), "num_threads", "2"});
    bound.port = exposer->GetListeningPorts().at(0);
    return std::unique_ptr<MetricsListener>(
        new MetricsListener(std::move(exposer), bound.ToString()));
  } catch (const std::exception&) {
    return absl::UnavailableError(
        absl::StrCat("cannot listen on ", address,
                     " for metrics: another program has it, or it is no address of this machine; "
                     "choose another with --metrics-listen"));
  }
}

MetricsListener::MetricsListener(std::unique_ptr<prometheus::Exposer> exposer, std::string address)
    : exposer_(std::move(exposer)), address_(std::move(address)) {}

MetricsListener::~MetricsListener() = default;

void MetricsListener::Add(const std::shared_ptr<prometheus::Collectable>& collectable) {
  exposer_->RegisterCollectable(collectable);
}

}  // namespace cae
