#include "tests/testing/status_matchers.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cae::testing {
namespace {

using ::testing::DescribeMatcher;
using ::testing::Eq;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pointee;
using ::testing::StringMatchResultListener;

const absl::Status kMissing = absl::NotFoundError("model 'x' is not there");

template <typename Matcher, typename Value>
std::string Explanation(const Matcher& matcher, const Value& value) {
  StringMatchResultListener listener;
  ::testing::ExplainMatchResult(matcher, value, &listener);
  return listener.str();
}

TEST(IsOkTest, TellsOkFromErrorForStatusAndStatusOr) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(3), IsOk());
  EXPECT_THAT(kMissing, Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(kMissing), Not(IsOk()));
}

TEST(IsOkTest, ExplainsWithTheStatus) {
  EXPECT_THAT(Explanation(IsOk(), kMissing), HasSubstr("NOT_FOUND: model 'x' is not there"));
}

TEST(StatusIsTest, WantsTheCode) {
  EXPECT_THAT(kMissing, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(kMissing, Not(StatusIs(absl::StatusCode::kInternal)));
  EXPECT_THAT(absl::StatusOr<std::string>(kMissing), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(absl::OkStatus(), StatusIs(absl::StatusCode::kOk));
  EXPECT_THAT(absl::StatusOr<int>(1), Not(StatusIs(absl::StatusCode::kNotFound)));
}

TEST(StatusIsTest, WantsTheMessageToo) {
  EXPECT_THAT(kMissing, StatusIs(absl::StatusCode::kNotFound, HasSubstr("'x'")));
  EXPECT_THAT(kMissing, StatusIs(absl::StatusCode::kNotFound, "model 'x' is not there"));
  EXPECT_THAT(kMissing, Not(StatusIs(absl::StatusCode::kNotFound, HasSubstr("'y'"))));
  EXPECT_THAT(kMissing, Not(StatusIs(absl::StatusCode::kInternal, HasSubstr("'x'"))));
  EXPECT_THAT(kMissing, Not(StatusIs(absl::StatusCode::kNotFound, IsEmpty())));
}

TEST(StatusIsTest, ExplainsWithTheStatus) {
  EXPECT_THAT(Explanation(StatusIs(absl::StatusCode::kInternal), kMissing),
              HasSubstr("NOT_FOUND: model 'x' is not there"));
}

TEST(IsOkAndHoldsTest, ComparesTheValue) {
  const absl::StatusOr<int> three = 3;
  EXPECT_THAT(three, IsOkAndHolds(3));
  EXPECT_THAT(three, IsOkAndHolds(Ge(2)));
  EXPECT_THAT(three, Not(IsOkAndHolds(4)));
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds(HasSubstr("b")));
}

TEST(IsOkAndHoldsTest, RefusesAnErrorAndShowsIt) {
  const absl::StatusOr<int> missing = kMissing;
  EXPECT_THAT(missing, Not(IsOkAndHolds(::testing::_)));
  EXPECT_THAT(Explanation(IsOkAndHolds(3), missing), HasSubstr("NOT_FOUND"));
}

TEST(IsOkAndHoldsTest, TakesValuesThatCannotBeCopied) {
  const absl::StatusOr<std::unique_ptr<int>> result = std::make_unique<int>(5);
  EXPECT_THAT(result, IsOkAndHolds(Pointee(Eq(5))));
}

TEST(IsOkAndHoldsTest, DescribesItself) {
  EXPECT_THAT(DescribeMatcher<absl::StatusOr<int>>(IsOkAndHolds(3)),
              Eq("is OK and holds a value that is equal to 3"));
  EXPECT_THAT(DescribeMatcher<absl::StatusOr<int>>(Not(IsOkAndHolds(3))),
              Eq("is not OK or holds a value that isn't equal to 3"));
}

}  // namespace
}  // namespace cae::testing
