#include "core/model/autoencoder.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/model/jacobian_operator.h"
#include "core/model/reference_autoencoder.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::StatusIs;
using testing::Weights;

std::shared_ptr<const Autoencoder> Create(const ModelParameters& parameters) {
  auto model = Autoencoder::Create(parameters);
  EXPECT_THAT(model, IsOk());
  return *std::move(model);
}

VectorD Row(const Matrix& matrix, Index row) { return matrix.row(row).transpose().cast<double>(); }

double Distance(const Matrix& actual, Index row, const VectorD& expected) {
  return (Row(actual, row) - expected).lpNorm<Eigen::Infinity>();
}

/// −Σ x log y + (1 − x) log(1 − y) with y = s(a), 1 − y = s(−a): the formula, in double.
double CrossEntropy(const VectorD& x, const VectorD& a) {
  double loss = 0;
  for (Index i = 0; i < x.size(); ++i) {
    loss -= x[i] * std::log(1 / (1 + std::exp(-a[i]))) +
            (1 - x[i]) * std::log(1 / (1 + std::exp(a[i])));
  }
  return loss;
}

using Sizes = std::vector<Index>;
using Activations = std::vector<Activation>;  // one for all layers or one a layer
using Parameters = std::tuple<Sizes, Activations, Weights>;

class AutoencoderTest : public ::testing::TestWithParam<Parameters> {
 protected:
  const ModelParameters parameters_ = RandomModelParameters(
      std::get<0>(GetParam()), std::get<1>(GetParam()), std::get<2>(GetParam()), 1);
  const ReferenceAutoencoder reference_{parameters_};
  const std::shared_ptr<const Autoencoder> model_ = Create(parameters_);
  const Matrix inputs_ = RandomMatrix(9, parameters_.input_units(), 2, 0, 1);
  Workspace workspace_;
};

TEST_P(AutoencoderTest, TellsItsShape) {
  const Sizes& sizes = std::get<0>(GetParam());
  ASSERT_EQ(model_->layers(), static_cast<int>(sizes.size()) - 1);
  for (int l = 0; l <= model_->layers(); ++l) EXPECT_EQ(model_->units(l), sizes[l]);
  EXPECT_EQ(model_->input_units(), sizes.front());
  EXPECT_EQ(model_->code_units(), sizes.back());
  EXPECT_FALSE(model_->has_classifier());
}

TEST_P(AutoencoderTest, EncodesToEveryLayerAsTheReferenceDoes) {
  for (int layer = 1; layer <= model_->layers(); ++layer) {
    Matrix codes(inputs_.rows(), model_->units(layer));
    model_->Encode(inputs_, layer, codes, workspace_);
    for (Index row = 0; row < inputs_.rows(); ++row) {
      EXPECT_LT(Distance(codes, row, reference_.Forward(Row(inputs_, row), 1, layer).back()), 1e-5);
    }
  }
}

TEST_P(AutoencoderTest, DecodesFromEveryLayerAsTheReferenceDoes) {
  for (int layer = 1; layer <= model_->layers(); ++layer) {
    const Matrix codes = RandomMatrix(9, model_->units(layer), 3, 0, 1);
    Matrix outputs(9, model_->input_units());
    model_->Decode(codes, layer, outputs, workspace_);
    for (Index row = 0; row < codes.rows(); ++row) {
      EXPECT_LT(Distance(outputs, row, reference_.Decode(Row(codes, row), layer, 0)), 1e-5);
    }
  }
}

TEST_P(AutoencoderTest, ReconstructsAndMeasuresAsTheReferenceDoes) {
  Matrix outputs(inputs_.rows(), inputs_.cols());
  Vector losses(inputs_.rows());
  model_->Reconstruct(inputs_, outputs, losses, workspace_);
  const ReferenceLayer& first = reference_.stack()[0];
  for (Index row = 0; row < inputs_.rows(); ++row) {
    const VectorD x = Row(inputs_, row);
    const VectorD code = reference_.Forward(x, 1, model_->layers()).back();
    const VectorD below = reference_.Decode(code, model_->layers(), 1);
    const VectorD a = first.decoder_weight * below + first.decoder_bias;
    const VectorD expected = reference_.Decode(below, 1, 0);
    EXPECT_LT(Distance(outputs, row, expected), 1e-5);
    const double loss = first.decoder_activation == Activation::kLogistic
                            ? CrossEntropy(x, a)
                            : 0.5 * (x - expected).squaredNorm();
    EXPECT_NEAR(losses[row], loss, 1e-5 * std::max(1.0, loss));
  }
}

TEST_P(AutoencoderTest, ContractsToEveryLayerAsTheReferenceDoes) {
  for (int layer = 1; layer <= model_->layers(); ++layer) {
    Vector norms(inputs_.rows());
    model_->Contractions(inputs_, layer, norms, workspace_);
    for (Index row = 0; row < inputs_.rows(); ++row) {
      const auto states = reference_.Forward(Row(inputs_, row), 1, layer);
      const double expected = JacobianOperator(reference_, states, 1).SquaredFrobeniusNorm();
      EXPECT_NEAR(norms[row], expected, 1e-5 * expected) << layer;
    }
  }
}

std::string ParametersName(const ::testing::TestParamInfo<Parameters>& info) {
  const auto& [sizes, activations, weights] = info.param;
  std::string name;
  for (const Activation activation : activations) {
    absl::StrAppend(&name, name.empty() ? "" : "_", ActivationName(activation));
  }
  for (const Index units : sizes) absl::StrAppend(&name, "_", units);
  return name + (weights == Weights::kTied ? "_tied" : "_untied");
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, AutoencoderTest,
    ::testing::Combine(
        // One layer: d < h, d > h, d = h, one unit. More: widening, narrowing, through one unit,
        // square; the last has a top of more than one block of rows.
        ::testing::Values(Sizes{5, 12}, Sizes{40, 7}, Sizes{6, 6}, Sizes{1, 1}, Sizes{20, 30, 11},
                          Sizes{7, 7, 7}, Sizes{9, 1, 4}, Sizes{12, 9, 15, 6}, Sizes{3, 8, 300}),
        ::testing::Values(Activations{Activation::kLogistic}, Activations{Activation::kTanh},
                          Activations{Activation::kRelu}, Activations{Activation::kIdentity}),
        ::testing::Values(Weights::kTied, Weights::kUntied)),
    ParametersName);

INSTANTIATE_TEST_SUITE_P(
    LayersOfDifferentKinds, AutoencoderTest,
    ::testing::Combine(::testing::Values(Sizes{14, 9, 20, 6}),
                       ::testing::Values(Activations{Activation::kRelu, Activation::kLogistic,
                                                     Activation::kTanh},
                                         Activations{Activation::kLogistic, Activation::kTanh,
                                                     Activation::kIdentity}),
                       ::testing::Values(Weights::kTied, Weights::kUntied)),
    ParametersName);

TEST(AutoencoderLossTest, SaturatedUnitsKeepTheirDigits) {
  // Pre-activations of ±50 and ±200: s rounds to 0 or 1 in float, and log(1 − s) would be −∞.
  ModelParameters p = RandomModelParameters({4, 1}, {Activation::kLogistic}, Weights::kUntied, 1);
  p.layers[0].decoder_weight.setZero();
  p.layers[0].decoder_bias << 50, -50, 200, -200;
  const auto model = Create(p);
  Matrix inputs(3, 4), outputs(3, 4);
  inputs << 1, 0, 1, 0,  // agrees: the loss is about 4e-22
      0, 1, 0, 1,        // contradicts: the loss is the sum of |a|
      0.25, 0.5, 0.5, 0.75;
  Vector losses(3);
  Workspace workspace;
  model->Reconstruct(inputs, outputs, losses, workspace);
  EXPECT_NEAR(losses[0] / (2 * std::exp(-50.0)), 1, 1e-6);
  EXPECT_FLOAT_EQ(losses[1], 500);
  EXPECT_FLOAT_EQ(losses[2], 0.75f * 50 + 0.5f * 50 + 0.5f * 200 + 0.75f * 200);
  EXPECT_TRUE(outputs.allFinite());
}

// s'(30) = s'(−30) = 9.4e-14, while 1 − s(30) has no digit of it in float and three in double.
TEST(AutoencoderContractionsTest, SaturatedUnitsKeepTheirDigits) {
  for (const Activation activation : {Activation::kLogistic, Activation::kTanh}) {
    ModelParameters p = RandomModelParameters({4, 6}, {activation}, Weights::kTied, 1);
    const auto contraction = [](const ModelParameters& parameters, double bias) {
      ModelParameters moved = parameters;
      moved.layers[0].encoder.bias.setConstant(static_cast<float>(bias));
      Vector norm(1);
      Workspace workspace;
      Create(moved)->Contractions(Matrix(Matrix::Zero(1, 4)), 1, norm, workspace);
      return double{norm[0]};
    };
    const double a = activation == Activation::kTanh ? 15 : 30;
    const double derivative = (activation == Activation::kTanh ? 4 : 1) * std::exp(-30.0);
    const double expected =
        derivative * derivative * p.layers[0].encoder.weight.cast<double>().squaredNorm();
    EXPECT_NEAR(contraction(p, a) / expected, 1, 1e-5);
    EXPECT_NEAR(contraction(p, -a) / expected, 1, 1e-5);
  }
}

class AutoencoderBatchTest : public ::testing::Test {
 protected:
  const std::shared_ptr<const Autoencoder> model_ =
      Create(RandomModelParameters({50, 70, 30}, {Activation::kLogistic}, Weights::kTied, 5));
  static constexpr Index kRows = 150;  // more than two passes of 64 rows
  const Matrix inputs_ = RandomMatrix(kRows, 50, 6, 0, 1);
  Workspace workspace_;
};

TEST_F(AutoencoderBatchTest, RowHasTheBitsItHasAloneThroughTheWholeStack) {
  Matrix codes(kRows, 30), decoded(kRows, 50), outputs(kRows, 50);
  Vector losses(kRows), contractions(kRows);
  model_->Encode(inputs_, 2, codes, workspace_);
  model_->Decode(codes, 2, decoded, workspace_);
  model_->Reconstruct(inputs_, outputs, losses, workspace_);
  model_->Contractions(inputs_, 2, contractions, workspace_);
  Workspace own;
  for (Index row = 0; row < kRows; ++row) {
    const Matrix input = inputs_.row(row);
    Matrix code(1, 30), decoded_one(1, 50), output(1, 50);
    Vector loss(1), contraction(1);
    model_->Encode(input, 2, code, own);
    model_->Decode(code, 2, decoded_one, own);
    model_->Reconstruct(input, output, loss, own);
    model_->Contractions(input, 2, contraction, own);
    ASSERT_THAT(code, HasBitsOf(Matrix(codes.row(row)))) << row;
    ASSERT_THAT(decoded_one, HasBitsOf(Matrix(decoded.row(row)))) << row;
    ASSERT_THAT(output, HasBitsOf(Matrix(outputs.row(row)))) << row;
    ASSERT_THAT(loss, HasBitsOf(Vector(losses.segment(row, 1)))) << row;
    ASSERT_THAT(contraction, HasBitsOf(Vector(contractions.segment(row, 1)))) << row;
  }
}

TEST_F(AutoencoderBatchTest, EncodingLayerByLayerGivesTheBitsOfTheWholeStack) {
  const auto lower =
      Create(RandomModelParameters({50, 70}, {Activation::kLogistic}, Weights::kTied, 5));
  Matrix hidden(kRows, 70), same(kRows, 70);
  model_->Encode(inputs_, 1, hidden, workspace_);
  lower->Encode(inputs_, 1, same, workspace_);
  EXPECT_THAT(hidden, HasBitsOf(same));
}

TEST_F(AutoencoderBatchTest, NoRowsIsNoWork) {
  Matrix none(0, 50), codes(0, 30);
  Vector losses(0);
  model_->Encode(none, 2, codes, workspace_);
  model_->Reconstruct(none, none, losses, workspace_);
  model_->Contractions(none, 2, losses, workspace_);
}

TEST(AutoencoderCreateTest, RefusesWhatValidateRefuses) {
  ModelParameters p = RandomModelParameters({5, 3}, {Activation::kTanh}, Weights::kTied, 1);
  p.layers[0].encoder.bias.resize(2);
  EXPECT_THAT(Autoencoder::Create(p), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(AutoencoderDeathTest, ShapesAndLayersThatDoNotFitStopTheProcess) {
  const auto model = Create(RandomModelParameters({5, 3}, {Activation::kTanh}, Weights::kTied, 1));
  Workspace workspace;
  Matrix inputs(2, 5), codes(2, 3), wrong(2, 4);
  EXPECT_DEATH(model->Encode(wrong, 1, codes, workspace), "do not fit");
  EXPECT_DEATH(model->Encode(inputs, 1, wrong, workspace), "do not fit");
  EXPECT_DEATH(model->Encode(inputs, 2, codes, workspace), "layer 2 of 1");
  EXPECT_DEATH(model->Decode(codes, 0, inputs, workspace), "layer 0 of 1");
  Vector norms(2), one(1);
  EXPECT_DEATH(model->Contractions(inputs, 2, norms, workspace), "layer 2 of 1");
  EXPECT_DEATH(model->Contractions(inputs, 1, one, workspace), "differ in rows");
  EXPECT_DEATH(model->Logits(inputs, codes, workspace), "no classifier");
}

}  // namespace
}  // namespace cae
