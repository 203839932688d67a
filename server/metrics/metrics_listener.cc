#include "server/metrics/metrics_listener.h"

#include <netdb.h>
#include <prometheus/exposer.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <exception>
#include <future>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "server/config/listen_address.h"

namespace cae {
namespace {

/// Opens a connection to ourselves and closes it again.
void Connect(const std::string& text) {
  const absl::StatusOr<ListenAddress> address = ListenAddress::Parse(text);
  if (!address.ok()) return;
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(address->host.c_str(), absl::StrCat(address->port).c_str(), &hints, &found) !=
      0) {
    return;
  }
  const int descriptor = socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor >= 0) {
    (void)connect(descriptor, found->ai_addr, found->ai_addrlen);
    close(descriptor);
  }
  freeaddrinfo(found);
}

}  // namespace

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

MetricsListener::~MetricsListener() {
  // The HTTP server looks only every two seconds whether it should end, unless a connection wakes
  // it.
  auto ended = std::async(std::launch::async, [this] { exposer_.reset(); });
  while (ended.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
    Connect(address_);
  }
}

void MetricsListener::Add(const std::shared_ptr<prometheus::Collectable>& collectable) {
  exposer_->RegisterCollectable(collectable);
}

}  // namespace cae
