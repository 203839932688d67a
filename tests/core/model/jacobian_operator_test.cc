#include "core/model/jacobian_operator.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::RandomModelParameters;
using testing::RandomVectorD;
using testing::Weights;

/// ∂h_last/∂h_{first−1} at x by central differences of Forward. With a step of 1e-5 the truncation
/// error is about 1e-10 and the rounding error about 1e-11, relative to entries of order 1.
MatrixD CentralDifferences(const ReferenceAutoencoder& model, const VectorD& x, int first,
                           int last) {
  constexpr double kStep = 1e-5;
  MatrixD jacobian(model.stack()[last - 1].weight.rows(), x.size());
  for (Index j = 0; j < x.size(); ++j) {
    VectorD above = x, below = x;
    above[j] += kStep;
    below[j] -= kStep;
    jacobian.col(j) =
        (model.Forward(above, first, last).back() - model.Forward(below, first, last).back()) /
        (2 * kStep);
  }
  return jacobian;
}

struct Span {
  int first;
  int last;
};
using Parameters = std::tuple<Activation, Span>;

class JacobianOperatorTest : public ::testing::TestWithParam<Parameters> {
 protected:
  static constexpr Index kSizes[] = {9, 13, 70, 6};  // 70 rows: more than one block of rows
  const int first_ = std::get<1>(GetParam()).first;
  const int last_ = std::get<1>(GetParam()).last;
  const ReferenceAutoencoder model_{RandomModelParameters(
      {std::begin(kSizes), std::end(kSizes)}, {std::get<0>(GetParam())}, Weights::kTied, 7)};
  const VectorD x_ = RandomVectorD(kSizes[first_ - 1], 8, 0, 1);
  const JacobianOperator jacobian_{model_, model_.Forward(x_, first_, last_), first_};
  const MatrixD dense_ = jacobian_.ToDense();
};

TEST_P(JacobianOperatorTest, HasTheShapeOfItsLayers) {
  EXPECT_EQ(jacobian_.rows(), kSizes[last_]);
  EXPECT_EQ(jacobian_.cols(), kSizes[first_ - 1]);
  EXPECT_EQ(dense_.rows(), kSizes[last_]);
  EXPECT_EQ(dense_.cols(), kSizes[first_ - 1]);
}

TEST_P(JacobianOperatorTest, IsTheDerivativeOfTheForwardPass) {
  const MatrixD differences = CentralDifferences(model_, x_, first_, last_);
  EXPECT_GT(dense_.norm(), 1e-3);
  EXPECT_LT((dense_ - differences).norm(), 1e-6 * dense_.norm());
}

TEST_P(JacobianOperatorTest, ProductsAgreeWithTheDenseMatrix) {
  const VectorD v = RandomVectorD(jacobian_.cols(), 9), u = RandomVectorD(jacobian_.rows(), 10);
  EXPECT_LT((jacobian_.Apply(v) - dense_ * v).norm(), 1e-13);
  EXPECT_LT((jacobian_.ApplyTransposed(u) - dense_.transpose() * u).norm(), 1e-13);
  EXPECT_LT((jacobian_.ApplyGram(u) - dense_ * (dense_.transpose() * u)).norm(), 1e-12);
}

TEST_P(JacobianOperatorTest, ProductsAreAdjointToEachOther) {
  const VectorD v = RandomVectorD(jacobian_.cols(), 9), u = RandomVectorD(jacobian_.rows(), 10);
  EXPECT_NEAR(u.dot(jacobian_.Apply(v)), v.dot(jacobian_.ApplyTransposed(u)), 1e-13);
}

TEST_P(JacobianOperatorTest, SquaredFrobeniusNormIsThatOfTheDenseMatrix) {
  EXPECT_NEAR(jacobian_.SquaredFrobeniusNorm() / dense_.squaredNorm(), 1, 1e-12);
}

std::string ParametersName(const ::testing::TestParamInfo<Parameters>& info) {
  const auto& [activation, span] = info.param;
  return absl::StrCat(ActivationName(activation), "_layers_", span.first, "_to_", span.last);
}

INSTANTIATE_TEST_SUITE_P(Stacks, JacobianOperatorTest,
                         ::testing::Combine(::testing::Values(Activation::kLogistic,
                                                              Activation::kTanh, Activation::kRelu,
                                                              Activation::kIdentity),
                                            ::testing::Values(Span{1, 1}, Span{2, 2}, Span{3, 3},
                                                              Span{1, 2}, Span{2, 3}, Span{1, 3})),
                         ParametersName);

TEST(JacobianOperatorTest, IsZeroAtSaturatedUnits) {
  ModelParameters p = RandomModelParameters({4, 6}, {Activation::kLogistic}, Weights::kTied, 1);
  p.layers[0].encoder.bias.setConstant(100);
  const ReferenceAutoencoder model(p);
  const JacobianOperator jacobian(model, model.Forward(RandomVectorD(4, 2), 1, 1), 1);
  EXPECT_EQ(jacobian.SquaredFrobeniusNorm(), 0);
  EXPECT_EQ(jacobian.ApplyGram(RandomVectorD(6, 3)).norm(), 0);
}

}  // namespace
}  // namespace cae
