#include "tests/testing/same_bits.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace cae::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(HasBitsOfTest, SeesASingleUnitInTheLastPlace) {
  const Matrix a = Matrix::Constant(2, 3, 1.0f);
  Matrix b = a;
  EXPECT_THAT(a, HasBitsOf(b));
  b(1, 2) = std::nextafter(1.0f, 2.0f);
  EXPECT_THAT(a, Not(HasBitsOf(b)));
  ::testing::StringMatchResultListener listener;
  ::testing::ExplainMatchResult(HasBitsOf(b), a, &listener);
  EXPECT_THAT(listener.str(), HasSubstr("(1, 2)"));
}

TEST(HasBitsOfTest, ComparesBitsAndNotValues) {
  const Vector zero = Vector::Constant(1, 0.0f), negative_zero = Vector::Constant(1, -0.0f);
  EXPECT_THAT(zero, Not(HasBitsOf(negative_zero)));
  const Vector nan = Vector::Constant(1, std::numeric_limits<float>::quiet_NaN());
  EXPECT_THAT(nan, HasBitsOf(nan));
}

TEST(HasBitsOfTest, WantsTheSameShape) {
  EXPECT_THAT(Matrix(Matrix::Zero(2, 3)), Not(HasBitsOf(Matrix(Matrix::Zero(3, 2)))));
}

}  // namespace
}  // namespace cae::testing
