// Sample: many streams at once, some of which misbehave.
#include <gmock/gmock.h>

#include <limits>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/serving/serving_observer.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

constexpr std::int64_t kDrawsPerMessage = 4;

/// What the scheduler tells of chains, by model. Thread-safe.
class ChainCounts : public ServingObserver {
 public:
  void OnChains(const ServableIdentity& model, ChainState state, std::int64_t change) override {
    MutexLock lock(mutex_);
    chains_[{model.name, state}] += change;
  }
  void OnChainTile(const ServableIdentity& model, std::int64_t chains,
                   std::int64_t /*streams*/) override {
    MutexLock lock(mutex_);
    steps_[model.name] += chains;
  }

  std::int64_t chains(const std::string& model, ChainState state) {
    MutexLock lock(mutex_);
    return chains_[{model, state}];
  }
  std::int64_t steps(const std::string& model) {
    MutexLock lock(mutex_);
    return steps_[model];
  }

 private:
  Mutex mutex_;
  std::map<std::pair<std::string, ChainState>, std::int64_t> chains_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::int64_t> steps_ ABSL_GUARDED_BY(mutex_);
};

/// A base, so that it outlives the server that tells it.
struct WithChainCounts {
  ChainCounts chain_counts_;
};

class SampleCrowdTest : protected WithChainCounts, public CaeServiceFixture {
 protected:
  SampleCrowdTest()
      : CaeServiceFixture({.threads = 2, .observer = &chain_counts_}, Transport::kLoopback) {}

  static v1::SampleRequest Endless(const char* model = "two") {
    v1::SampleRequest request;
    request.mutable_model()->set_name(model);
    request.set_seed(1);
    request.set_draws_per_message(kDrawsPerMessage);
    return request;
  }

  /// Eight streams, all at once, to their ends.
  void RunFastStreams() {
    std::vector<std::thread> fast;
    for (int i = 0; i < 8; ++i) {
      fast.emplace_back([this, i] {
        v1::SampleRequest request = Endless();
        request.set_seed(static_cast<std::uint64_t>(i));
        request.set_draws(1000);
        EXPECT_TRUE(ReadAll(*stub_, *ClientCall(absl::Minutes(5)), request).status.ok());
      });
    }
    for (std::thread& thread : fast) thread.join();
  }

  /// Returns when nothing is in flight any more; a call is until its reactor is gone.
  bool EverythingLeaves() { return in_flight_.WaitUntilEmpty(std::chrono::seconds(30)); }
};

TEST_F(SampleCrowdTest, ClientsKilledInMidStreamLeaveNothingBehind) {
  constexpr std::size_t kClients = 200;
  std::vector<std::unique_ptr<grpc::ClientContext>> calls;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::SampleResponse>>> readers;
  for (std::size_t i = 0; i < kClients; ++i) {
    v1::SampleRequest request = Endless();
    request.set_chains(1 + static_cast<int>(i % 3));
    if (i % 4 == 0) request.set_thinning(std::int64_t{1} << 40);  // never makes a draw
    calls.push_back(ClientCall(kNoHurry));
    readers.push_back(stub_->Sample(calls.back().get(), request));
  }
  v1::SampleResponse message;
  for (std::size_t i = 0; i < kClients; ++i) {
    if (i % 4 == 0) continue;
    EXPECT_TRUE(readers[i]->Read(&message)) << i;
  }
  for (const auto& call : calls) call->TryCancel();
  for (const auto& reader : readers) {
    EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_THAT(observer_.WaitForStreams(kClients), Each(std::string(kStreamCancelled)));
  EXPECT_TRUE(EverythingLeaves());
  EXPECT_EQ(chains_.used(), 0);
  // No chain is stepped for anybody any more: nothing is left to be done by the threads.
  EXPECT_EQ(executor_.EstimatedWait(Job::Kind::kChains), absl::ZeroDuration());
}

TEST_F(SampleCrowdTest, ASlowReaderIsParkedAndTheOthersGoOn) {
  const v1::SampleRequest request = Endless("one");
  const auto slow_call = ClientCall(absl::Minutes(5));
  auto slow = stub_->Sample(slow_call.get(), request);
  v1::SampleResponse message;
  ASSERT_TRUE(slow->Read(&message));
  std::string samples = message.samples().data();
  // The others get all that they ask for, on the same connection, until the slow one has filled
  // what lies between it and its reader. Then it stands still, for as long as they like.
  std::int64_t before = -1;
  for (int round = 0; round < 100 && before != chain_counts_.steps("one"); ++round) {
    before = chain_counts_.steps("one");
    RunFastStreams();
  }
  EXPECT_EQ(chain_counts_.steps("one"), before) << "it goes on without a reader";
  EXPECT_EQ(chain_counts_.chains("one", ChainState::kParked), 1);
  EXPECT_EQ(chain_counts_.chains("one", ChainState::kRunning), 0);
  // On its way: the window of HTTP/2, and the message that the reader has taken.
  constexpr std::int64_t kDrawBytes = kInputUnits * std::int64_t{sizeof(float)};
  const std::int64_t sent = observer_.draws("one");
  EXPECT_LE(sent * kDrawBytes, 65535 + 2 * kDrawsPerMessage * kDrawBytes);
  // In the server: a message in flight, one behind it, and what is put ahead.
  EXPECT_LE(before - sent, 3 * kDrawsPerMessage);
  // It goes on where it was parked, and nothing is lost.
  while (static_cast<std::int64_t>(samples.size()) < 2 * before * kDrawBytes) {
    ASSERT_TRUE(slow->Read(&message));
    samples += message.samples().data();
  }
  slow_call->TryCancel();
  EXPECT_EQ(slow->Finish().error_code(), grpc::StatusCode::CANCELLED);
  v1::SampleRequest whole = request;
  whole.set_draws(static_cast<std::int64_t>(samples.size()) / kDrawBytes);
  EXPECT_EQ(ReadAll(*stub_, *ClientCall(absl::Minutes(5)), whole).samples, samples);
  EXPECT_TRUE(EverythingLeaves());
  EXPECT_EQ(chains_.used(), 0);
}

TEST_F(SampleCrowdTest, AValueThatIsNotFiniteEndsItsStreamAlone) {
  const auto other_call = ClientCall();
  auto other = stub_->Sample(other_call.get(), Endless("one"));
  v1::SampleResponse message;
  EXPECT_TRUE(other->Read(&message));
  v1::SampleRequest request = Endless("one");
  request.set_noise_stddev(std::numeric_limits<double>::max());
  request.set_draws(50);
  const SampleRun run = ReadAll(*stub_, *ClientCall(), request);
  EXPECT_THAT(FromGrpcStatus(run.status),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("not finite at step 0")));
  EXPECT_EQ(observer_.WaitForStreams(1).front(), std::string(kStreamFailed));
  // Beyond what was on its way already.
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(other->Read(&message));
  other_call->TryCancel();
  EXPECT_EQ(other->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

}  // namespace
}  // namespace cae::testing
