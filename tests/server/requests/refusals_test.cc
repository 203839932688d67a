#include "server/requests/refusals.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "proto/codec/status_codec.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::StatusIs;
using ::testing::HasSubstr;

TEST(RefusalsTest, TellTheExecutorsWaitAsDelayWithinReason) {
  EXPECT_EQ(GetRetryAfter(QueueFull(1, 2, 3, absl::Seconds(2))), absl::Seconds(2));
  EXPECT_EQ(GetRetryAfter(QueueFull(1, 2, 3, absl::ZeroDuration())), absl::Milliseconds(50));
  EXPECT_EQ(GetRetryAfter(TooManyChains(1, 2, 3, absl::Hours(1))), absl::Seconds(5));
}

TEST(RefusalsTest, SayWhatCameAndWhatThereIs) {
  EXPECT_THAT(QueueFull(5, 60, 64, absl::ZeroDuration()),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("works on 60 of at most 64 rows and cannot take 5 more")));
  EXPECT_THAT(DeadlineTooShort(absl::Milliseconds(3), absl::Milliseconds(40)),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("is 3ms away")));
  EXPECT_THAT(Draining(), StatusIs(absl::StatusCode::kUnavailable));
}

TEST(RefusalsTest, CarryReasonsOfTheListForObservers) {
  for (const absl::Status& status :
       {QueueFull(1, 2, 3, {}), TooManyChains(1, 2, 3, {}), DeadlineTooShort({}, {}), Draining()}) {
    EXPECT_TRUE(std::any_of(
        kAdmissionReasons.begin(), kAdmissionReasons.end(),
        [&](absl::string_view reason) { return GetErrorInfo(status)->reason() == reason; }))
        << status;
  }
}

}  // namespace
}  // namespace cae
