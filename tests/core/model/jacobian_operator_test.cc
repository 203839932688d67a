#include "core/model/jacobian_operator.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/central_differences.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::CentralDifferences;
using testing::RandomModelParameters;
using testing::RandomVectorD;
using testing::Weights;

/// Layers `first` to `last` of a stack with those units.
struct Stack {
  std::vector<Index> sizes;
  int first;
  int last;
};
using Parameters = std::tuple<Activation, Stack>;

class JacobianOperatorTest : public ::testing::TestWithParam<Parameters> {
 protected:
  const std::vector<Index> sizes_ = std::get<1>(GetParam()).sizes;
  const int first_ = std::get<1>(GetParam()).first;
  const int last_ = std::get<1>(GetParam()).last;
  const ReferenceAutoencoder model_{
      RandomModelParameters(sizes_, {std::get<0>(GetParam())}, Weights::kTied, 7)};
  const VectorD x_ = RandomVectorD(sizes_[first_ - 1], 8, 0, 1);
  const JacobianOperator jacobian_{model_, model_.Forward(x_, first_, last_), first_};
  const MatrixD dense_ = jacobian_.ToDense();
};

TEST_P(JacobianOperatorTest, HasTheShapeOfItsLayers) {
  EXPECT_EQ(jacobian_.rows(), sizes_[last_]);
  EXPECT_EQ(jacobian_.cols(), sizes_[first_ - 1]);
  EXPECT_EQ(dense_.rows(), sizes_[last_]);
  EXPECT_EQ(dense_.cols(), sizes_[first_ - 1]);
}

TEST_P(JacobianOperatorTest, IsTheDerivativeOfTheForwardPass) {
  const MatrixD differences = CentralDifferences(
      [this](const VectorD& x) { return model_.Forward(x, first_, last_).back(); }, x_);
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
  const auto& [activation, stack] = info.param;
  std::string name(ActivationName(activation));
  for (const Index units : stack.sizes) absl::StrAppend(&name, "_", units);
  return absl::StrCat(name, "_layers_", stack.first, "_to_", stack.last);
}

const std::vector<Index> kThreeLayers = {9, 13, 70, 6};  // 70 rows: more than one block of rows

INSTANTIATE_TEST_SUITE_P(
    Stacks, JacobianOperatorTest,
    ::testing::Combine(::testing::Values(Activation::kLogistic, Activation::kTanh,
                                         Activation::kRelu, Activation::kIdentity),
                       ::testing::Values(Stack{kThreeLayers, 1, 1}, Stack{kThreeLayers, 2, 2},
                                         Stack{kThreeLayers, 3, 3}, Stack{kThreeLayers, 1, 2},
                                         Stack{kThreeLayers, 2, 3}, Stack{kThreeLayers, 1, 3},
                                         Stack{{6, 6}, 1, 1}, Stack{{1, 1}, 1, 1},
                                         Stack{{2, 8, 5}, 1, 2}, Stack{{7, 1, 5}, 1, 2},
                                         Stack{{6, 6, 6}, 1, 2})),
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
