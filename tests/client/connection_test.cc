#include "client/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/retry_policy.h"
#include "proto/codec/status_codec.h"
#include "tests/client/fake_retry_environment.h"
#include "tests/client/mock_stub.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using testing::FakeRetryEnvironment;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::MockStub;
using ::testing::Return;
using testing::StatusIs;
using ::testing::StrictMock;

class ConnectionTest : public ::testing::Test {
 protected:
  std::unique_ptr<Connection> Connect(const ConnectionOptions& options = {}) {
    return MakeConnection(stub_, options, environment_);
  }

  std::shared_ptr<StrictMock<MockStub>> stub_ = std::make_shared<StrictMock<MockStub>>();
  std::shared_ptr<FakeRetryEnvironment> environment_ = std::make_shared<FakeRetryEnvironment>();
};

TEST_F(ConnectionTest, TriesAgainUntilTheServerIsBack) {
  EXPECT_CALL(*stub_, Encode)
      .WillOnce(Return(absl::UnavailableError("away")))
      .WillOnce(Return(absl::ResourceExhaustedError("full")))
      .WillOnce(Return(v1::EncodeResponse()));
  EXPECT_THAT(Connect()->Encode({}), IsOk());
  EXPECT_THAT(environment_->sleeps, ElementsAre(absl::Milliseconds(50), absl::Milliseconds(100)));
}

TEST_F(ConnectionTest, HonoursPushback) {
  EXPECT_CALL(*stub_, Classify)
      .WillOnce(Return(WithPushbackTrailer(absl::ResourceExhaustedError("full"), "321")))
      .WillOnce(Return(v1::ClassifyResponse()));
  EXPECT_THAT(Connect()->Classify({}), IsOk());
  EXPECT_THAT(environment_->sleeps, ElementsAre(absl::Milliseconds(321)));
}

TEST_F(ConnectionTest, DoesNotTryAgainWhereTheServerForbids) {
  EXPECT_CALL(*stub_, Decode)
      .WillOnce(Return(WithPushbackTrailer(absl::UnavailableError("no"), "-1")));
  EXPECT_THAT(Connect()->Decode({}), StatusIs(absl::StatusCode::kUnavailable, "no"));
}

TEST_F(ConnectionTest, DoesNotTryAgainWhatCannotSucceed) {
  EXPECT_CALL(*stub_, Tangents).WillOnce(Return(absl::InvalidArgumentError("rank is -1")));
  EXPECT_THAT(Connect()->Tangents({}), StatusIs(absl::StatusCode::kInvalidArgument, "rank is -1"));
}

TEST_F(ConnectionTest, BoundsTheAttempts) {
  EXPECT_CALL(*stub_, Reconstruct).Times(3).WillRepeatedly(Return(absl::UnavailableError("away")));
  EXPECT_THAT(Connect({.retry = {.max_attempts = 3}})->Reconstruct({}),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("after 3 attempts")));
}

TEST_F(ConnectionTest, AllAttemptsShareOneDeadline) {
  const absl::Time deadline = environment_->now + absl::Seconds(30);
  EXPECT_CALL(*stub_, GetModel(Field(&CallOptions::deadline, deadline), _))
      .WillOnce(Return(absl::UnavailableError("away")))
      .WillOnce(Return(v1::GetModelResponse()));
  EXPECT_THAT(Connect()->GetModel({}), IsOk());
}

TEST_F(ConnectionTest, GivesUpWithTheServersWordsWhenTheDeadlineComesFirst) {
  EXPECT_CALL(*stub_, ListModels)
      .WillOnce(
          Return(WithRetryAfter(absl::ResourceExhaustedError("queue full"), absl::Seconds(3))));
  EXPECT_THAT(Connect({.timeout = absl::Seconds(2)})->ListModels({}),
              StatusIs(absl::StatusCode::kResourceExhausted, "queue full"));
}

TEST_F(ConnectionTest, AsksForHealthOnce) {
  EXPECT_CALL(*stub_,
              CheckHealth(Field(&CallOptions::deadline, environment_->now + absl::Seconds(30)), _))
      .WillOnce(Return(absl::UnavailableError("away")));
  EXPECT_THAT(Connect()->CheckHealth({}), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(ConnectionTest, StreamsHaveTheDeadlineAskedForAndNoneByDefault) {
  using testing::ScriptedReader;
  const auto empty = [](const CallOptions&, const v1::SampleRequest&) {
    return std::make_unique<ScriptedReader>(std::vector<v1::SampleResponse>(), absl::OkStatus());
  };
  EXPECT_CALL(*stub_, Sample(Field(&CallOptions::deadline, absl::InfiniteFuture()), _))
      .WillOnce(empty);
  EXPECT_CALL(*stub_,
              Sample(Field(&CallOptions::deadline, environment_->now + absl::Seconds(5)), _))
      .WillOnce(empty);
  EXPECT_THAT(Connect()->Sample({}, absl::InfiniteDuration())->Read(), IsOk());
  EXPECT_THAT(Connect()->Sample({}, absl::Seconds(5))->Read(), IsOk());
}

}  // namespace
}  // namespace cae
