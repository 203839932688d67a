#include "core/math/packed_dense.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/testing/naive_product.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::NaiveProduct;
using testing::RandomMatrix;
using testing::RandomVector;
using Layout = PackedDense::Layout;
using Output = PackedDense::Output;

struct Shape {
  Index inputs;
  Index outputs;
};

PackedDense Pack(const Matrix& weight, Layout layout, const Vector& bias, Activation activation) {
  auto layer = PackedDense::Pack(weight, layout, bias, activation);
  EXPECT_THAT(layer, IsOk());
  return *std::move(layer);
}

Matrix Apply(const PackedDense& layer, const Matrix& inputs, Output output) {
  Workspace workspace;
  Matrix outputs(inputs.rows(), layer.outputs());
  layer.Apply(inputs, output, outputs, workspace);
  return outputs;
}

/// X Aᵀ + b in double; `weight` as packed, an empty bias is none.
MatrixD PreActivation(const Matrix& inputs, const Matrix& weight, Layout layout,
                      const Vector& bias) {
  MatrixD product = layout == Layout::kOutputsByInputs
                        ? NaiveProduct(inputs, Matrix(weight.transpose()))
                        : NaiveProduct(inputs, weight);
  if (bias.size() > 0) product.rowwise() += bias.cast<double>().transpose();
  return product;
}

class PackedDenseTest : public ::testing::TestWithParam<std::tuple<Shape, Activation, Layout>> {
 protected:
  const Shape shape_ = std::get<0>(GetParam());
  const Activation activation_ = std::get<1>(GetParam());
  const Layout layout_ = std::get<2>(GetParam());
  // Weights of a size that leaves pre-activations of a few units whatever the number of inputs.
  const double bound_ = 3 / std::sqrt(static_cast<double>(shape_.inputs));
  const Matrix weight_ = layout_ == Layout::kOutputsByInputs
                             ? RandomMatrix(shape_.outputs, shape_.inputs, 1, -bound_, bound_)
                             : RandomMatrix(shape_.inputs, shape_.outputs, 1, -bound_, bound_);
  const Vector bias_ = RandomVector(shape_.outputs, 2);
  const Matrix inputs_ = RandomMatrix(9, shape_.inputs, 3, 0, 1);
};

TEST_P(PackedDenseTest, AgreesWithTheFormula) {
  const PackedDense layer = Pack(weight_, layout_, bias_, activation_);
  ASSERT_EQ(layer.inputs(), shape_.inputs);
  ASSERT_EQ(layer.outputs(), shape_.outputs);
  const MatrixD a = PreActivation(inputs_, weight_, layout_, bias_);
  const MatrixD y = a.unaryExpr([this](double v) { return Activate(activation_, v); });
  // Sums of up to 1000 products of size 0.1 in float; oneDNN's logistic and tanh are good to 1e-6.
  EXPECT_LE(
      (Apply(layer, inputs_, Output::kPreActivation).cast<double>() - a).lpNorm<Eigen::Infinity>(),
      5e-6);
  EXPECT_LE(
      (Apply(layer, inputs_, Output::kActivated).cast<double>() - y).lpNorm<Eigen::Infinity>(),
      5e-6);
}

TEST_P(PackedDenseTest, NoBiasIsABiasOfZero) {
  const PackedDense without = Pack(weight_, layout_, Vector(), activation_);
  const PackedDense zero = Pack(weight_, layout_, Vector::Zero(shape_.outputs), activation_);
  for (const Output output : {Output::kActivated, Output::kPreActivation}) {
    EXPECT_THAT(Apply(without, inputs_, output), HasBitsOf(Apply(zero, inputs_, output)));
  }
}

using Parameters = PackedDenseTest::ParamType;

std::string ParametersName(const ::testing::TestParamInfo<Parameters>& info) {
  const auto& [shape, activation, layout] = info.param;
  return absl::StrCat(shape.inputs, "To", shape.outputs, "_", ActivationName(activation),
                      layout == Layout::kOutputsByInputs ? "_rows" : "_columns");
}

INSTANTIATE_TEST_SUITE_P(
    All, PackedDenseTest,
    ::testing::Combine(::testing::Values(Shape{1, 1}, Shape{3, 5}, Shape{31, 17}, Shape{784, 1000},
                                         Shape{1000, 10}),
                       ::testing::Values(Activation::kLogistic, Activation::kTanh,
                                         Activation::kRelu, Activation::kIdentity),
                       ::testing::Values(Layout::kOutputsByInputs, Layout::kInputsByOutputs)),
    ParametersName);

TEST(PackedDenseTest, CopiesWhatItPacks) {
  Matrix weight = RandomMatrix(4, 3, 1);
  Vector bias = RandomVector(4, 2);
  const Matrix inputs = RandomMatrix(5, 3, 3);
  const PackedDense layer = Pack(weight, Layout::kOutputsByInputs, bias, Activation::kIdentity);
  const Matrix before = Apply(layer, inputs, Output::kActivated);
  weight.setZero();
  bias.setZero();
  EXPECT_THAT(Apply(layer, inputs, Output::kActivated), HasBitsOf(before));
}

TEST(PackedDenseTest, CanBeMoved) {
  const Matrix inputs = RandomMatrix(5, 3, 3);
  PackedDense layer =
      Pack(RandomMatrix(4, 3, 1), Layout::kOutputsByInputs, RandomVector(4, 2), Activation::kTanh);
  const Matrix before = Apply(layer, inputs, Output::kActivated);
  const PackedDense moved = std::move(layer);
  EXPECT_THAT(Apply(moved, inputs, Output::kActivated), HasBitsOf(before));
}

TEST(PackedDenseTest, NoRowsIsNoWork) {
  const PackedDense layer =
      Pack(RandomMatrix(4, 3, 1), Layout::kOutputsByInputs, RandomVector(4, 2), Activation::kTanh);
  EXPECT_EQ(Apply(layer, Matrix(0, 3), Output::kActivated).rows(), 0);
}

TEST(PackedDenseTest, WritesOnlyItsOwnRows) {
  const PackedDense layer = Pack(RandomMatrix(4, 3, 1), Layout::kOutputsByInputs,
                                 RandomVector(4, 2), Activation::kLogistic);
  const Matrix inputs = RandomMatrix(70, 3, 3);
  Workspace workspace;
  for (const Index rows : {1, 5, 65}) {
    Matrix outputs = Matrix::Constant(80, 4, -1);
    layer.Apply(Rows(ConstMatrixView(inputs), 0, rows), Output::kActivated,
                Rows(MatrixView(outputs), 2, rows), workspace);
    EXPECT_TRUE((outputs.topRows(2).array() == -1).all()) << rows;
    EXPECT_TRUE((outputs.bottomRows(78 - rows).array() == -1).all()) << rows;
    EXPECT_TRUE((outputs.middleRows(2, rows).array() > 0).all()) << rows;
  }
}

TEST(PackedDenseTest, OneWorkspaceServesLayersOfDifferentSizes) {
  const PackedDense wide =
      Pack(RandomMatrix(300, 20, 1), Layout::kOutputsByInputs, Vector(), Activation::kIdentity);
  const PackedDense narrow =
      Pack(RandomMatrix(2, 300, 2), Layout::kOutputsByInputs, Vector(), Activation::kIdentity);
  const Matrix inputs = RandomMatrix(7, 20, 3), codes = Apply(wide, inputs, Output::kActivated);
  const Matrix expected = Apply(narrow, codes, Output::kActivated);
  Workspace workspace;
  Matrix hidden(7, 300), outputs(7, 2);
  for (int round = 0; round < 2; ++round) {
    wide.Apply(inputs, Output::kActivated, hidden, workspace);
    narrow.Apply(hidden, Output::kActivated, outputs, workspace);
    EXPECT_THAT(outputs, HasBitsOf(expected));
  }
}

// A file may hold any finite weights. Partial sums that overflow in both directions add up to NaN,
// which equals no float: the probe must still find its tiles.
TEST(PackedDenseTest, WeightsThatOverflowArePackedAllTheSame) {
  Matrix weight = Matrix::Constant(4, 784, std::numeric_limits<float>::max());
  weight.rightCols(392) *= -1;
  const PackedDense layer = Pack(weight, Layout::kOutputsByInputs, Vector(), Activation::kIdentity);
  ASSERT_FALSE(layer.tile_rows().empty());
  const Matrix outputs = Apply(layer, Matrix::Constant(3, 784, 0.7f), Output::kActivated);
  for (Index i = 0; i < outputs.size(); ++i) EXPECT_FALSE(std::isfinite(outputs.data()[i]));
}

TEST(PackedDenseTest, TellsItsTilesAndItsMemory) {
  const PackedDense layer =
      Pack(RandomMatrix(64, 100, 1), Layout::kOutputsByInputs, Vector(), Activation::kLogistic);
  ASSERT_FALSE(layer.tile_rows().empty());
  EXPECT_TRUE(std::is_sorted(layer.tile_rows().begin(), layer.tile_rows().end()));
  EXPECT_GE(layer.tile_rows().back(), 64);
  EXPECT_GE(layer.packed_bytes(), 64 * 100 * sizeof(float));
}

TEST(PackedDenseDeathTest, ShapesThatDoNotFitStopTheProcess) {
  const PackedDense layer =
      Pack(RandomMatrix(4, 3, 1), Layout::kOutputsByInputs, Vector(), Activation::kLogistic);
  EXPECT_DEATH(Apply(layer, Matrix(2, 4), Output::kActivated), "do not fit the layer");
}

}  // namespace
}  // namespace cae
