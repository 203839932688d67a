#include "tests/endurance/endurance.h"

#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "core/base/check.h"

namespace cae::testing {
namespace {

std::vector<std::string> Flags(const EnduranceOptions& options, int threads,
                               const std::string& isa) {
  return {"--repository",
          options.repository,
          "--listen=127.0.0.1:0",
          "--metrics-listen=127.0.0.1:0",
          "--log-level=error",
          "--drain-lead=0",
          absl::StrCat("--threads=", threads),
          absl::StrCat("--isa=", isa)};
}

}  // namespace

void EnduranceTable::Add(const std::string& what, const std::string& found,
                         const std::string& bound, bool holds) {
  std::printf("%-4s %-58s %-34s %s\n", holds ? "ok" : "FAIL", what.c_str(), found.c_str(),
              bound.c_str());
  std::fflush(stdout);
  if (!holds) ++failures_;
}

EnduranceServer::EnduranceServer(const EnduranceOptions& options, int threads,
                                 const std::string& isa)
    : process_(Flags(options, threads, isa)) {
  const auto ready = nlohmann::json::parse(process_.ReadLine(), nullptr, false);
  CAE_CHECK(ready.is_object(), process_.Log());
  address_ = ready["listen"].get<std::string>();
  metrics_ = ready["metrics_listen"].get<std::string>();
}

std::unique_ptr<v1::CaeService::Stub> EnduranceServer::NewStub() const {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return v1::CaeService::NewStub(
      grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments));
}

bool EnduranceServer::BecomesIdle() const {
  const absl::Time end = absl::Now() + absl::Minutes(1);
  while (absl::Now() < end) {
    const Scrape scrape = Metrics();
    if (scrape.Sum("cae_chains") == 0 &&
        scrape.Sum("grpc_server_started_total") == scrape.Sum("grpc_server_handled_total")) {
      return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return false;
}

v1::SampleRequest EndlessRequest(const EnduranceOptions& options, std::uint64_t seed) {
  v1::SampleRequest request;
  request.mutable_model()->set_name(options.model);
  request.set_seed(seed);
  request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_NONE);
  return request;
}

}  // namespace cae::testing
