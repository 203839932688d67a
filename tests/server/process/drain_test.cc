// How the program ends: SIGTERM, open calls, and a second signal.
#include <gmock/gmock.h>
#include <signal.h>

#include "absl/time/clock.h"
#include "cae/v1/cae_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/server/process/process_fixture.h"

namespace cae::testing {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

/// Far beyond what a drain without lead time takes, far below the grace period.
constexpr absl::Duration kQuick = absl::Seconds(10);

class DrainTest : public ProcessFixture {
 protected:
  DrainTest() { repository_.Add("tiny", 1); }

  static v1::SampleRequest EndlessSample() {
    v1::SampleRequest request;
    request.mutable_model()->set_name("tiny");
    request.set_chains(1);
    return request;
  }
};

TEST_F(DrainTest, AnOpenWatchHearsOfTheDrainAndDoesNotHoldItUp) {
  Start();
  const auto stub = grpc::health::v1::Health::NewStub(channel_);
  const auto context = ClientCall();
  const auto watch = stub->Watch(context.get(), HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  const absl::Time start = absl::Now();
  server_->Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(server_->Wait(), 0);
  EXPECT_LT(absl::Now() - start, kQuick);
}

TEST_F(DrainTest, AWatchThatNobodyReadsDoesNotHoldItUp) {
  Start();
  const auto stub = grpc::health::v1::Health::NewStub(channel_);
  const auto context = ClientCall();
  const auto watch = stub->Watch(context.get(), HealthCheckRequest());
  watch->WaitForInitialMetadata();
  const absl::Time start = absl::Now();
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(), 0);
  EXPECT_LT(absl::Now() - start, kQuick);
}

TEST_F(DrainTest, AnEndlessStreamEndsWithAStateAndTheServerWithZero) {
  Start();
  const auto stub = v1::CaeService::NewStub(channel_);
  const auto context = ClientCall();
  const auto stream = stub->Sample(context.get(), EndlessSample());
  v1::SampleResponse response;
  ASSERT_TRUE(stream->Read(&response));
  const absl::Time start = absl::Now();
  server_->Signal(SIGINT);
  bool last_has_state = false;
  while (stream->Read(&response)) last_has_state = response.has_state();
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_TRUE(last_has_state);
  EXPECT_EQ(server_->Wait(), 0);
  EXPECT_LT(absl::Now() - start, kQuick);
}

TEST_F(DrainTest, AStreamThatNobodyReadsDoesNotHoldItUpBeyondTheGracePeriod) {
  Start({"--drain-grace=1"});
  const auto stub = v1::CaeService::NewStub(channel_);
  const auto context = ClientCall();
  const auto stream = stub->Sample(context.get(), EndlessSample());
  v1::SampleResponse response;
  ASSERT_TRUE(stream->Read(&response));  // and no more
  const absl::Time start = absl::Now();
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(), 0) << server_->Log();
  EXPECT_LT(absl::Now() - start, kQuick);
}

TEST_F(DrainTest, NewWorkIsStillTakenInTheLeadTimeWhileHealthSaysNotServing) {
  Start({"--drain-lead=3600", "--drain-grace=3600"});
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  const auto context = ClientCall();
  const auto watch = health->Watch(context.get(), HealthCheckRequest());
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  server_->Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  v1::SampleRequest request = EndlessSample();
  request.set_draws(1);
  const auto call = ClientCall();
  const auto stream = v1::CaeService::NewStub(channel_)->Sample(call.get(), request);
  v1::SampleResponse draw;
  while (stream->Read(&draw)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
  // A second signal does not wait for the hour to pass.
  server_->Signal(SIGTERM);
  EXPECT_EQ(server_->Wait(kQuick), 1);
  EXPECT_THAT(server_->Log(), HasSubstr("exiting at once"));
}

}  // namespace
}  // namespace cae::testing
