// IsOk(), StatusIs(code, message) and IsOkAndHolds(value): matchers for absl::Status and
// absl::StatusOr.
//
//   ASSERT_THAT(Validate(parameters), IsOk());
//   EXPECT_THAT(ParseName("../x"), StatusIs(absl::StatusCode::kNotFound, HasSubstr("../x")));
//   EXPECT_THAT(Units(model), IsOkAndHolds(784));
#ifndef CAE_TESTS_TESTING_STATUS_MATCHERS_H_
#define CAE_TESTS_TESTING_STATUS_MATCHERS_H_

#include <gmock/gmock.h>

#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cae::testing {

inline const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

/// Matches a Status or StatusOr that is OK; a failure prints the status.
MATCHER(IsOk, negation ? "is not OK" : "is OK") {
  *result_listener << "whose status is " << StatusOf(arg);
  return StatusOf(arg).ok();
}

/// Matches a Status or StatusOr with that code, whose message matches `message`.
MATCHER_P2(StatusIs, code, message,
           ::testing::DescribeMatcher<absl::StatusCode>(code, negation) +
               (negation ? " or has a message that " : " and has a message that ") +
               ::testing::DescribeMatcher<std::string>(message, negation)) {
  const absl::Status& status = StatusOf(arg);
  *result_listener << "whose status is " << status;
  return ::testing::Matches(code)(status.code()) &&
         ::testing::Matches(message)(std::string(status.message()));
}

/// Matches a Status or StatusOr with that code, whatever its message.
template <typename Code>
auto StatusIs(Code code) {
  return StatusIs(std::move(code), ::testing::_);
}

/// The matcher behind IsOkAndHolds, for StatusOr<T> of one type.
template <typename Result>
class IsOkAndHoldsMatcher : public ::testing::MatcherInterface<Result> {
 public:
  using Value = typename std::remove_reference_t<Result>::value_type;

  template <typename Inner>
  explicit IsOkAndHoldsMatcher(Inner&& inner)
      : inner_(::testing::SafeMatcherCast<const Value&>(std::forward<Inner>(inner))) {}

  void DescribeTo(std::ostream* os) const override {
    *os << "is OK and holds a value that ";
    inner_.DescribeTo(os);
  }
  void DescribeNegationTo(std::ostream* os) const override {
    *os << "is not OK or holds a value that ";
    inner_.DescribeNegationTo(os);
  }
  bool MatchAndExplain(Result result, ::testing::MatchResultListener* listener) const override {
    if (!result.ok()) {
      *listener << "whose status is " << result.status();
      return false;
    }
    return inner_.MatchAndExplain(*result, listener);
  }

 private:
  const ::testing::Matcher<const Value&> inner_;
};

/// What IsOkAndHolds returns: turns into a matcher of the StatusOr that it meets.
template <typename Inner>
class IsOkAndHoldsFactory {
 public:
  explicit IsOkAndHoldsFactory(Inner inner) : inner_(std::move(inner)) {}
  template <typename Result>
  operator ::testing::Matcher<Result>() const {  // NOLINT(google-explicit-constructor)
    return ::testing::Matcher<Result>(new IsOkAndHoldsMatcher<const Result&>(inner_));
  }

 private:
  const Inner inner_;
};

/// Matches a StatusOr that is OK and whose value matches `inner`, a value or a matcher.
template <typename Inner>
IsOkAndHoldsFactory<std::decay_t<Inner>> IsOkAndHolds(Inner&& inner) {
  return IsOkAndHoldsFactory<std::decay_t<Inner>>(std::forward<Inner>(inner));
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_STATUS_MATCHERS_H_
