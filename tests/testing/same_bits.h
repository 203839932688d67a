// HasBitsOf: a matcher that compares numbers bit for bit.
#ifndef CAE_TESTS_TESTING_SAME_BITS_H_
#define CAE_TESTS_TESTING_SAME_BITS_H_

#include <gmock/gmock.h>

#include <cstring>

#include "core/math/matrix.h"

namespace cae::testing {

/// Matches a dense Eigen matrix or vector of the same shape whose elements have the same bits as
/// those of `expected`: NaN equals the same NaN, −0 differs from 0. Says which element is the first
/// that differs.
MATCHER_P(HasBitsOf, expected, negation ? "differs in bits" : "has the same bits") {
  if (arg.rows() != expected.rows() || arg.cols() != expected.cols()) {
    *result_listener << "which is [" << arg.rows() << ", " << arg.cols() << "], not ["
                     << expected.rows() << ", " << expected.cols() << "]";
    return false;
  }
  for (Index row = 0; row < arg.rows(); ++row) {
    for (Index col = 0; col < arg.cols(); ++col) {
      const auto actual = arg(row, col);
      const decltype(actual) wanted = expected(row, col);
      if (std::memcmp(&actual, &wanted, sizeof(actual)) != 0) {
        *result_listener << "which at (" << row << ", " << col << ") is " << actual << ", not "
                         << wanted << ", a difference of " << actual - wanted;
        return false;
      }
    }
  }
  return true;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_SAME_BITS_H_
