// Sample: many streams at once, some of which misbehave.
#include <gmock/gmock.h>

#include <limits>
#include <thread>
#include <vector>

#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;

class SampleCrowdTest : public CaeServiceFixture {
 protected:
  SampleCrowdTest() : CaeServiceFixture({.threads = 2}, Transport::kLoopback) {}

  static v1::SampleRequest Endless(const char* model = "two") {
    v1::SampleRequest request;
    request.mutable_model()->set_name(model);
    request.set_seed(1);
    request.set_draws_per_message(4);
    return request;
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
    calls.push_back(ClientCall());
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
  const auto slow_call = ClientCall();
  auto slow = stub_->Sample(slow_call.get(), Endless());
  v1::SampleResponse message;
  ASSERT_TRUE(slow->Read(&message));
  // Meanwhile many times as much as the connection's buffers hold goes to the others.
  std::vector<std::thread> fast;
  for (int i = 0; i < 8; ++i) {
    fast.emplace_back([this, i] {
      v1::SampleRequest request = Endless();
      request.set_seed(static_cast<std::uint64_t>(i));
      request.set_draws(4000);
      EXPECT_TRUE(ReadAll(*stub_, *ClientCall(), request).status.ok());
    });
  }
  for (std::thread& thread : fast) thread.join();
  const std::int64_t of_the_fast = 8 * 4000;
  // Flow control lets 64 KiB and a message or two of 4 draws through.
  const std::int64_t most_of_the_slow = 4 * 65536 / (kInputUnits * 4) + 100;
  EXPECT_LE(observer_.draws(), of_the_fast + most_of_the_slow);
  EXPECT_TRUE(slow->Read(&message)) << "it goes on where it was parked";
  slow_call->TryCancel();
  EXPECT_EQ(slow->Finish().error_code(), grpc::StatusCode::CANCELLED);
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
