#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/retry_loop.h"
#include "client/retry_policy.h"
#include "proto/codec/status_codec.h"
#include "tests/client/fake_retry_environment.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using testing::FakeRetryEnvironment;
using ::testing::HasSubstr;

absl::Status Busy() { return absl::ResourceExhaustedError("queue full"); }
absl::Status Away() { return absl::UnavailableError("away"); }

class RetryLoopTest : public ::testing::Test {
 protected:
  RetryLoop Loop(int attempts = 5, absl::Duration within = absl::InfiniteDuration()) {
    RetryPolicy policy;
    policy.max_attempts = attempts;
    return RetryLoop(policy, environment_.now + within, environment_);
  }
  FakeRetryEnvironment environment_;
};

TEST(BackoffLimitTest, DoublesUpToItsLimit) {
  RetryPolicy policy;
  EXPECT_EQ(BackoffLimit(policy, 1), absl::Milliseconds(100));
  EXPECT_EQ(BackoffLimit(policy, 2), absl::Milliseconds(200));
  EXPECT_EQ(BackoffLimit(policy, 4), absl::Milliseconds(800));
  EXPECT_EQ(BackoffLimit(policy, 100), absl::Seconds(5));
}

TEST(IsRetryableTest, TakesOnlyCodesThatSayTheWorkWasNotDone) {
  EXPECT_TRUE(IsRetryable(Away()));
  EXPECT_TRUE(IsRetryable(Busy()));
  for (const absl::Status& status :
       {absl::OkStatus(), absl::CancelledError(""), absl::InvalidArgumentError(""),
        absl::DeadlineExceededError(""), absl::NotFoundError(""), absl::AbortedError(""),
        absl::InternalError(""), absl::FailedPreconditionError("")}) {
    EXPECT_FALSE(IsRetryable(status)) << status;
  }
}

TEST(PushbackTest, TrailerWinsOverRetryInfo) {
  const absl::Status status = WithPushbackTrailer(WithRetryAfter(Busy(), absl::Seconds(9)), "250");
  EXPECT_EQ(GetRetryAdvice(status).delay, absl::Milliseconds(250));
  EXPECT_FALSE(GetRetryAdvice(status).forbidden);
}

TEST(PushbackTest, NegativeOrUnreadableForbids) {
  for (const char* trailer : {"-1", "soon", "", "1.5"}) {
    const absl::Status status = WithPushbackTrailer(Busy(), trailer);
    EXPECT_TRUE(GetRetryAdvice(status).forbidden) << trailer;
    EXPECT_FALSE(IsRetryable(status)) << trailer;
  }
}

TEST(PushbackTest, OkStaysOk) { EXPECT_TRUE(WithPushbackTrailer(absl::OkStatus(), "-1").ok()); }

TEST_F(RetryLoopTest, WaitsWithFullJitterThatGrows) {
  RetryLoop loop = Loop();
  environment_.uniform = 0.25;
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  environment_.uniform = 0;
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  EXPECT_THAT(environment_.sleeps,
              ElementsAre(absl::Milliseconds(25), absl::Milliseconds(50), absl::ZeroDuration()));
}

TEST_F(RetryLoopTest, WaitsAsLongAsTheServerAsks) {
  RetryLoop loop = Loop();
  EXPECT_TRUE(loop.WaitToRetry(WithRetryAfter(Busy(), absl::Milliseconds(1234))));
  EXPECT_TRUE(loop.WaitToRetry(WithPushbackTrailer(Busy(), "77")));
  EXPECT_THAT(environment_.sleeps, ElementsAre(absl::Milliseconds(1234), absl::Milliseconds(77)));
}

TEST_F(RetryLoopTest, StopsAfterMaxAttemptsAndSaysSo) {
  RetryLoop loop = Loop(3);
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  EXPECT_FALSE(loop.WaitToRetry(Away()));
  EXPECT_THAT(std::string(loop.Final(Away()).message()), HasSubstr("after 3 attempts"));
}

TEST_F(RetryLoopTest, FinalKeepsDetails) {
  RetryLoop loop = Loop(2);
  const absl::Status status = WithErrorInfo(Busy(), "QUEUE_FULL");
  EXPECT_TRUE(loop.WaitToRetry(status));
  EXPECT_FALSE(loop.WaitToRetry(status));
  EXPECT_EQ(GetErrorInfo(loop.Final(status))->reason(), "QUEUE_FULL");
}

TEST_F(RetryLoopTest, DoesNotSleepPastTheDeadline) {
  RetryLoop loop = Loop(5, absl::Seconds(1));
  EXPECT_FALSE(loop.WaitToRetry(WithRetryAfter(Busy(), absl::Seconds(1))));
  EXPECT_THAT(environment_.sleeps, ElementsAre());
}

TEST_F(RetryLoopTest, ProgressStartsTheCountAnew) {
  RetryLoop loop = Loop(2);
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  loop.NoteProgress();
  EXPECT_TRUE(loop.WaitToRetry(Away()));
  EXPECT_FALSE(loop.WaitToRetry(Away()));
}

TEST(SystemEnvironmentTest, DrawsFromTheUnitInterval) {
  const std::shared_ptr<RetryEnvironment> environment = RetryEnvironment::System();
  double smallest = 1, largest = 0;
  for (int i = 0; i < 1000; ++i) {
    const double number = environment->Uniform();
    smallest = std::min(smallest, number);
    largest = std::max(largest, number);
  }
  EXPECT_GE(smallest, 0);
  EXPECT_LT(largest, 1);
  EXPECT_GT(largest - smallest, 0.9);
}

}  // namespace
}  // namespace cae
