#include "core/base/status_macros.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::IsOkAndHolds;
using ::testing::Pointee;
using testing::StatusIs;

const absl::Status kBroken = absl::DataLossError("broken");

absl::Status ReturnIfError(const absl::Status& status, int& passed) {
  CAE_RETURN_IF_ERROR(status);
  ++passed;
  return absl::OkStatus();
}

TEST(ReturnIfErrorTest, GoesOnWhenOkAndReturnsTheErrorOtherwise) {
  int passed = 0;
  EXPECT_THAT(ReturnIfError(absl::OkStatus(), passed), IsOk());
  EXPECT_EQ(passed, 1);
  EXPECT_THAT(ReturnIfError(kBroken, passed), StatusIs(absl::StatusCode::kDataLoss, "broken"));
  EXPECT_EQ(passed, 1);
}

absl::StatusOr<int> OutOfAStatusOr(const absl::Status& status) {
  CAE_RETURN_IF_ERROR(status);
  return 7;
}

TEST(ReturnIfErrorTest, WorksInAFunctionThatReturnsAStatusOr) {
  EXPECT_THAT(OutOfAStatusOr(absl::OkStatus()), IsOkAndHolds(7));
  EXPECT_THAT(OutOfAStatusOr(kBroken), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(ReturnIfErrorTest, EvaluatesItsExpressionOnce) {
  int calls = 0;
  const auto call = [&calls]() -> absl::Status {
    ++calls;
    return kBroken;
  };
  const auto run = [&call]() -> absl::Status {
    if (true) CAE_RETURN_IF_ERROR(call());
    return absl::OkStatus();
  };
  EXPECT_THAT(run(), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(calls, 1);
}

absl::StatusOr<std::string> Concatenate(absl::StatusOr<std::string> a,
                                        absl::StatusOr<std::string> b) {
  CAE_ASSIGN_OR_RETURN(const std::string first, std::move(a));
  std::string second;
  CAE_ASSIGN_OR_RETURN(second, std::move(b));
  return first + second;
}

TEST(AssignOrReturnTest, DeclaresOrAssignsTheValue) {
  EXPECT_THAT(Concatenate("a", "b"), IsOkAndHolds("ab"));
}

TEST(AssignOrReturnTest, ReturnsTheFirstError) {
  EXPECT_THAT(Concatenate("a", kBroken), StatusIs(absl::StatusCode::kDataLoss, "broken"));
  EXPECT_THAT(Concatenate(absl::NotFoundError("gone"), kBroken),
              StatusIs(absl::StatusCode::kNotFound, "gone"));
}

absl::StatusOr<std::unique_ptr<int>> Pass(absl::StatusOr<std::unique_ptr<int>> from) {
  CAE_ASSIGN_OR_RETURN(std::unique_ptr<int> value, std::move(from));
  ++*value;
  return value;
}

TEST(AssignOrReturnTest, MovesValuesThatCannotBeCopied) {
  EXPECT_THAT(Pass(std::make_unique<int>(4)), IsOkAndHolds(Pointee(5)));
  EXPECT_THAT(Pass(kBroken), StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace cae
