#include "proto/codec/status_codec.h"

#include <limits>
#include <string>

#include "gmock/gmock.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "proto/codec/error_reasons.h"

namespace cae {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

absl::Status RoundTrip(const absl::Status& status) { return FromGrpcStatus(ToGrpcStatus(status)); }

TEST(StatusCodecTest, OkStaysOkAndTakesNoDetails) {
  const absl::Status ok = WithRetryAfter(
      WithBadField(WithErrorInfo(absl::OkStatus(), kReasonQueueFull), "f"), absl::Seconds(1));
  EXPECT_TRUE(ok.ok());
  EXPECT_FALSE(PushbackMilliseconds(ok).has_value());
  EXPECT_TRUE(ToGrpcStatus(ok).ok());
  EXPECT_TRUE(RoundTrip(ok).ok());
}

TEST(StatusCodecTest, EveryCodeAndMessageSurvives) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "naïve message");
    const grpc::Status wire = ToGrpcStatus(status);
    EXPECT_EQ(static_cast<int>(wire.error_code()), code);
    EXPECT_EQ(wire.error_message(), "naïve message");
    EXPECT_EQ(RoundTrip(status), status);
  }
}

TEST(StatusCodecTest, DetailsSurviveTogether) {
  absl::Status status = absl::ResourceExhaustedError("full");
  status = WithErrorInfo(status, kReasonQueueFull, {{"model", "m"}, {"limit", "8"}});
  status = WithBadField(status, "inputs.shape", "too large");
  status = WithBadField(status, "rank");
  status = WithRetryAfter(status, absl::Milliseconds(2500));
  const absl::Status back = RoundTrip(status);
  EXPECT_EQ(back, status);

  const auto info = GetErrorInfo(back);
  ASSERT_TRUE(info.has_value());
  EXPECT_EQ(info->reason(), "QUEUE_FULL");
  EXPECT_EQ(info->domain(), "cae.v1");
  EXPECT_THAT(info->metadata(), UnorderedElementsAre(Pair("model", "m"), Pair("limit", "8")));

  const auto request = GetBadRequest(back);
  ASSERT_TRUE(request.has_value());
  ASSERT_EQ(request->field_violations_size(), 2);
  EXPECT_EQ(request->field_violations(0).field(), "inputs.shape");
  EXPECT_EQ(request->field_violations(0).description(), "too large");
  EXPECT_EQ(request->field_violations(1).field(), "rank");
  EXPECT_EQ(request->field_violations(1).description(), "full");
  EXPECT_EQ(GetRetryAfter(back), absl::Milliseconds(2500));
}

TEST(StatusCodecTest, WireFormIsGoogleRpcStatus) {
  const grpc::Status wire =
      ToGrpcStatus(WithErrorInfo(absl::NotFoundError("no model 'x'"), kReasonModelNotFound));
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(wire.error_details()));
  EXPECT_EQ(details.code(), 5);
  EXPECT_EQ(details.message(), "no model 'x'");
  ASSERT_EQ(details.details_size(), 1);
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "MODEL_NOT_FOUND");
}

TEST(StatusCodecTest, AbsentDetailsAreAbsent) {
  const absl::Status status = RoundTrip(absl::InternalError("x"));
  EXPECT_FALSE(GetErrorInfo(status).has_value());
  EXPECT_FALSE(GetBadRequest(status).has_value());
  EXPECT_FALSE(GetRetryAfter(status).has_value());
  EXPECT_FALSE(PushbackMilliseconds(status).has_value());
}

TEST(StatusCodecTest, LaterErrorInfoReplacesTheEarlierOne) {
  absl::Status status = WithErrorInfo(absl::UnavailableError("x"), kReasonDraining, {{"a", "b"}});
  status = WithErrorInfo(status, kReasonStreamTooOld);
  EXPECT_EQ(GetErrorInfo(status)->reason(), "STREAM_TOO_OLD");
  EXPECT_TRUE(GetErrorInfo(status)->metadata().empty());
}

TEST(StatusCodecTest, RetryDelayKeepsNanosecondsAndClampsTheAbsurd) {
  const auto delay_of = [](absl::Duration delay) {
    return *GetRetryAfter(RoundTrip(WithRetryAfter(absl::UnavailableError("x"), delay)));
  };
  EXPECT_EQ(delay_of(absl::Nanoseconds(1'000'000'001)), absl::Nanoseconds(1'000'000'001));
  EXPECT_EQ(delay_of(-absl::Seconds(1)), absl::ZeroDuration());
  EXPECT_EQ(delay_of(absl::InfiniteDuration()), absl::Seconds(315'576'000'000));
}

TEST(StatusCodecTest, PushbackIsTheRetryDelayRoundedUpToMilliseconds) {
  const auto pushback = [](absl::Duration delay) {
    return PushbackMilliseconds(WithRetryAfter(absl::ResourceExhaustedError("x"), delay));
  };
  EXPECT_EQ(pushback(absl::Microseconds(1)), 1);
  EXPECT_EQ(pushback(absl::Milliseconds(250)), 250);
  EXPECT_EQ(pushback(absl::Microseconds(250'001)), 251);
  EXPECT_EQ(pushback(absl::ZeroDuration()), 0);
  EXPECT_EQ(pushback(absl::InfiniteDuration()), std::numeric_limits<std::int32_t>::max());
}

TEST(StatusCodecTest, HugeStatusIsCutToFitTheTrailers) {
  std::string message(100'000, 'x');
  for (std::size_t i = 0; i + 1 < message.size(); i += 2) message.replace(i, 2, "é");
  absl::Status status = WithErrorInfo(absl::InternalError(message), kReasonQueueFull);
  status = WithBadField(status, "inputs", std::string(50'000, 'y'));
  const grpc::Status wire = ToGrpcStatus(status);
  EXPECT_LE(wire.error_message().size(), 1024u);
  EXPECT_LE(wire.error_details().size(), 3072u);
  const absl::Status back = FromGrpcStatus(wire);
  ASSERT_GT(back.message().size(), 1000u);
  EXPECT_EQ(back.message().substr(back.message().size() - 3), "...");
  EXPECT_EQ(back.message().size() % 2, 1u) << "cut within a character of two bytes";
  EXPECT_TRUE(GetErrorInfo(back).has_value()) << "what fits is kept";
  EXPECT_FALSE(GetBadRequest(back).has_value());
}

TEST(StatusCodecTest, ForeignStatusesAreTakenAsFarAsTheyMakeSense) {
  const absl::Status garbage =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "m", "\xff not a message"));
  EXPECT_EQ(garbage, absl::UnavailableError("m"));

  google::rpc::Status other;
  other.set_code(3);
  other.add_details()->set_type_url("type.googleapis.com/google.rpc.ErrorInfo");
  EXPECT_EQ(
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "m", other.SerializeAsString())),
      absl::UnavailableError("m"));

  EXPECT_EQ(FromGrpcStatus(grpc::Status(static_cast<grpc::StatusCode>(20), "m")).code(),
            absl::StatusCode::kUnknown);
}

}  // namespace
}  // namespace cae
