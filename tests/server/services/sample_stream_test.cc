// Sample: how streams begin to wait, and how they end.
#include <gmock/gmock.h>

#include <thread>

#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/server/services/held_executor.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;

/// A server beside the fixture's, as another replica would be.
class Replica : public CaeServiceFixture {
 public:
  v1::CaeService::Stub& stub() { return *stub_; }
  ~Replica() override { StopServing(); }

 private:
  void TestBody() override {}
};

/// One compute thread, so that jobs run in the order of their submission.
class SampleStreamFixture : public CaeServiceFixture {
 protected:
  explicit SampleStreamFixture(Transport transport)
      : CaeServiceFixture({.threads = 1}, transport) {}

  static v1::SampleRequest Endless() {
    v1::SampleRequest request;
    request.mutable_model()->set_name("two");
    request.set_seed(1);
    request.set_draws_per_message(4);
    return request;
  }
};

class SampleBackPressureTest : public SampleStreamFixture {
 protected:
  SampleBackPressureTest() : SampleStreamFixture(Transport::kInProcess) {}
};

TEST_F(SampleBackPressureTest, AClientThatDoesNotReadCostsOneMessage) {
  const auto call = ClientCall();
  auto reader = stub_->Sample(call.get(), Endless());
  v1::SampleResponse message;
  for (int read = 1; read <= 3; ++read) {
    ASSERT_TRUE(reader->Read(&message));
    LetJobsRun(executor_);
    // In process a write is done when it is read, so at most the next one can have been taken.
    EXPECT_LE(observer_.messages(), read + 1);
  }
  call->TryCancel();
  EXPECT_EQ(FromGrpcStatus(reader->Finish()).code(), absl::StatusCode::kCancelled);
}

class SampleStreamTest : public SampleStreamFixture,
                         public ::testing::WithParamInterface<ServingFixture::Transport> {
 protected:
  SampleStreamTest() : SampleStreamFixture(GetParam()) {}
};

INSTANTIATE_TEST_SUITE_P(Transports, SampleStreamTest,
                         ::testing::Values(ServingFixture::Transport::kInProcess,
                                           ServingFixture::Transport::kLoopback),
                         [](const auto& transport) {
                           return transport.param == ServingFixture::Transport::kInProcess
                                      ? "InProcess"
                                      : "Loopback";
                         });

TEST_P(SampleStreamTest, CancellingStopsTheWorkAndFreesTheChains) {
  v1::SampleRequest request = Endless();
  request.set_chains(5);
  request.set_thinning(std::int64_t{1} << 40);  // no draw will ever be complete
  const auto call = ClientCall(kNoHurry);
  auto reader = stub_->Sample(call.get(), request);
  while (chains_.used() != 5) std::this_thread::yield();
  call->TryCancel();
  EXPECT_EQ(FromGrpcStatus(reader->Finish()).code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(observer_.WaitForStreams(1), ElementsAre(kStreamCancelled));
  EXPECT_EQ(chains_.used(), 0);
}

TEST_P(SampleStreamTest, CancellingAStreamThatWaitsForItsReaderFreesTheChains) {
  const auto call = ClientCall();
  auto reader = stub_->Sample(call.get(), Endless());
  v1::SampleResponse message;
  ASSERT_TRUE(reader->Read(&message));
  LetJobsRun(executor_);
  call->TryCancel();
  reader->Finish();
  EXPECT_THAT(observer_.WaitForStreams(1), ElementsAre(kStreamCancelled));
  EXPECT_EQ(chains_.used(), 0);
}

TEST_P(SampleStreamTest, ADeadlineEndsTheStream) {
  const SampleRun run = ReadAll(*stub_, *ClientCall(absl::Milliseconds(200)), Endless());
  EXPECT_EQ(run.status.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  // The client gives up at its own deadline, which is a little earlier than the server's where the
  // request took time to come.
  EXPECT_THAT(observer_.WaitForStreams(1),
              ElementsAre(AnyOf(std::string(kStreamDeadline), std::string(kStreamCancelled))));
  EXPECT_EQ(chains_.used(), 0);
}

TEST_P(SampleStreamTest, ADrainEndsTheStreamWithAStateFromWhichItGoesOn) {
  v1::SampleRequest request = Endless();
  request.set_chains(2);
  const auto call = ClientCall();
  auto reader = stub_->Sample(call.get(), request);
  v1::SampleResponse message;
  ASSERT_TRUE(reader->Read(&message));
  std::string samples = message.samples().data();
  Drain();
  while (reader->Read(&message)) samples += message.samples().data();
  const absl::Status status = FromGrpcStatus(reader->Finish());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonOf(status), kReasonDraining);
  EXPECT_TRUE(GetRetryAfter(status).has_value());
  EXPECT_EQ(call->GetServerTrailingMetadata().count(kPushbackTrailer), 1u);
  EXPECT_THAT(observer_.WaitForStreams(1), ElementsAre(kStreamDraining));
  ASSERT_TRUE(message.has_state());
  const std::int64_t done = message.state().draws_done();
  EXPECT_EQ(samples.size(), done * 2 * kInputUnits * 4u);

  // Another replica, here another server with the same model, goes on where this one stopped.
  Replica replica;
  v1::SampleRequest resume;
  resume.mutable_model()->set_name("two");
  resume.set_draws(6);
  *resume.mutable_resume_from() = message.state();
  const SampleRun rest = ReadAll(replica.stub(), *ClientCall(), resume);
  ASSERT_TRUE(rest.status.ok()) << rest.status.error_message();
  request.set_draws(done + 6);
  EXPECT_EQ(samples + rest.samples, ReadAll(replica.stub(), *ClientCall(), request).samples);
}

TEST_P(SampleStreamTest, ADrainDoesNotWaitForADraw) {
  v1::SampleRequest request = Endless();
  request.set_thinning(std::int64_t{1} << 40);
  const auto call = ClientCall(kNoHurry);
  auto reader = stub_->Sample(call.get(), request);
  while (chains_.used() == 0) std::this_thread::yield();
  Drain();
  v1::SampleResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_TRUE(message.has_header());
  EXPECT_FALSE(message.has_samples());
  EXPECT_EQ(message.state().draws_done(), 0);
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_P(SampleStreamTest, AStoppedExecutorEndsStreamsAndCalls) {
  v1::SampleRequest request = Endless();
  request.set_thinning(std::int64_t{1} << 40);
  const auto call = ClientCall(kNoHurry);
  auto reader = stub_->Sample(call.get(), request);
  while (chains_.used() == 0) std::this_thread::yield();
  executor_.Stop();
  v1::SampleResponse message;
  EXPECT_FALSE(reader->Read(&message));
  const absl::Status status = FromGrpcStatus(reader->Finish());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_TRUE(GetRetryAfter(status).has_value());
}

}  // namespace
}  // namespace cae::testing
