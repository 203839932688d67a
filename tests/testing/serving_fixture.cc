#include "tests/testing/serving_fixture.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/sha256.h"
#include "core/serving/fingerprint.h"

namespace cae::testing {
namespace {

std::string DigestOf(const ModelParameters& parameters) {
  std::string bytes;
  for (const LayerParameters& layer : parameters.layers) {
    bytes.append(reinterpret_cast<const char*>(layer.encoder.weight.data()),
                 layer.encoder.weight.size() * sizeof(float));
  }
  return Sha256Hex(bytes);
}

}  // namespace

ServableHandle MakeServable(const std::string& name, std::int64_t version,
                            const ModelParameters& parameters, ServableLimits limits) {
  auto autoencoder = Autoencoder::Create(parameters);
  CAE_CHECK(autoencoder.ok(), autoencoder.status().message());
  const std::shared_ptr<Servable> servable = cae::MakeServable(*std::move(autoencoder));
  for (int layer = 0; layer <= servable->autoencoder->layers(); ++layer) {
    limits.max_rank = std::min<std::int64_t>(limits.max_rank, servable->autoencoder->units(layer));
  }
  servable->limits = limits;
  servable->identity = {name, version, DigestOf(parameters),
                        NumericFingerprint(*servable->autoencoder)};
  return servable;
}

ServingFixture::ServingFixture(const Options& options)
    : rows_(options.rows), chains_(options.chains), executor_([&options] {
        Executor::Options executor;
        executor.threads = options.threads;
        executor.nice_increment = 0;
        executor.clock = options.executor_clock;
        executor.observer = options.observer;
        return executor;
      }()) {}

ServingFixture::~ServingFixture() {
  StopServing();
  executor_.Stop();  // before what it runs goes
}

ServableHandle ServingFixture::AddModel(const std::string& name, std::int64_t version,
                                        const ModelParameters& parameters, ServableLimits limits) {
  ServableHandle servable = MakeServable(name, version, parameters, limits);
  registry_.SetReady(servable);
  return servable;
}

void ServingFixture::Serve(const std::vector<grpc::Service*>& services, Transport transport) {
  grpc::ServerBuilder builder;
  int port = 0;
  if (transport == Transport::kLoopback) {
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  }
  for (grpc::Service* service : services) builder.RegisterService(service);
  server_ = builder.BuildAndStart();
  CAE_CHECK(server_ != nullptr, "the server did not start");
  grpc::ChannelArguments arguments;
  // Otherwise the windows of all streams grow with what the busiest of them carries.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  channel_ = transport == Transport::kInProcess
                 ? server_->InProcessChannel(arguments)
                 : grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", port),
                                             grpc::InsecureChannelCredentials(), arguments);
}

void ServingFixture::Drain() {
  in_flight_.Close();
  scheduler_.ConcludeAll();
}

void ServingFixture::StopServing() {
  if (server_ == nullptr) return;
  in_flight_.Close();
  server_->Shutdown(std::chrono::system_clock::now());
  server_->Wait();
  server_.reset();
}

std::unique_ptr<grpc::ClientContext> ServingFixture::ClientCall(absl::Duration timeout) {
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  return context;
}

}  // namespace cae::testing
