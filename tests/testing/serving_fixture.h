// ServingFixture: a server in this process, with small random models made in memory.
//
//   class EncodeTest : public ServingFixture {
//    protected:
//     EncodeTest() { Serve({&service_}); }
//     CaeService service_{context()};
//     std::unique_ptr<v1::CaeService::Stub> stub_ = v1::CaeService::NewStub(channel());
//   };
//
//   TEST_F(EncodeTest, Works) {
//     AddModel("digits", 1, RandomModelParameters({6, 4}, {Activation::kLogistic}, ...));
//     stub_->Encode(ClientCall().get(), ...);   // every call has a deadline
//   }
#ifndef CAE_TESTS_TESTING_SERVING_FIXTURE_H_
#define CAE_TESTS_TESTING_SERVING_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "core/base/clock.h"
#include "core/model/model_parameters.h"
#include "core/serving/budget.h"
#include "core/serving/chain_scheduler.h"
#include "core/serving/executor.h"
#include "core/serving/in_flight.h"
#include "core/serving/registry.h"
#include "core/serving/row_batcher.h"
#include "core/serving/servable.h"
#include "server/serving_context.h"

namespace cae::testing {

/// A version of a model as LoadServable would make it, but from memory. Its digest is one of the
/// weights, so equal parameters have equal digests.
ServableHandle MakeServable(const std::string& name, std::int64_t version,
                            const ModelParameters& parameters, ServableLimits limits = {});

/// What a server consists of, and a grpc::Server for the services that a test brings. Torn down in
/// the order of a real one: drain, server, executor.
class ServingFixture : public ::testing::Test {
 public:
  enum class Transport {
    kInProcess,
    kLoopback,  ///< a port of 127.0.0.1, with all of HTTP/2 in between; 64 KiB of a stream may be
                ///< on their way to a client that does not read
  };

 protected:
  struct Options {
    int threads = 2;
    std::int64_t rows = 1 << 20;
    std::int64_t chains = 1 << 12;
    const Clock* executor_clock = &Clock::System();
    ServingObserver* observer = nullptr;
  };

  ServingFixture() : ServingFixture(Options{}) {}
  explicit ServingFixture(const Options& options);
  ~ServingFixture() override;
  void TearDown() override { StopServing(); }

  /// Makes a servable and serves it.
  ServableHandle AddModel(const std::string& name, std::int64_t version,
                          const ModelParameters& parameters, ServableLimits limits = {});

  /// Starts a server for the services, which must live until StopServing(), called by TearDown() at
  /// the latest: members of the test's class do, variables of its body do not.
  void Serve(const std::vector<grpc::Service*>& services,
             Transport transport = Transport::kInProcess);
  /// Lets nothing in any more and ends streams with a state, as a server does that goes away.
  void Drain();
  /// Cancels what runs and waits for it.
  void StopServing();
  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  /// For one call. The default deadline only keeps a broken test from hanging.
  /// For streams that will never bring a draw: with a nearer deadline they would be refused.
  static constexpr absl::Duration kNoHurry = absl::Hours(24 * 3650);
  static std::unique_ptr<grpc::ClientContext> ClientCall(
      absl::Duration timeout = absl::Seconds(30));

  ServingContext context() {
    return {Clock::System(), registry_,  executor_, batcher_,
            scheduler_,      in_flight_, rows_,     chains_};
  }

  Registry registry_;
  InFlight in_flight_;
  Budget rows_;
  Budget chains_;
  Executor executor_;
  RowBatcher batcher_{executor_};
  ChainScheduler scheduler_{executor_};

 private:
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_SERVING_FIXTURE_H_
