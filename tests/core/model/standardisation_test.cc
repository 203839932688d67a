#include "core/model/standardisation.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/model/autoencoder.h"
#include "core/model/reference_autoencoder.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::AddRandomClassifier;
using testing::AddRandomStandardisation;
using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

constexpr Index kInputs = 8;

class StandardisationTest : public ::testing::TestWithParam<Weights> {
 protected:
  void SetUp() override {
    plain_ = RandomModelParameters({kInputs, 6, 4}, {Activation::kLogistic}, GetParam(), 1);
    plain_.layers[0].decoder_activation = Activation::kIdentity;
    standardised_ = plain_;
    AddRandomStandardisation(2, standardised_);
  }
  /// x̃ = (x − offset) ⊙ scale, which the plain model takes.
  VectorD Standardised(const VectorD& x) const {
    return (x - standardised_.input_offset.cast<double>())
        .cwiseProduct(standardised_.input_scale.cast<double>());
  }
  VectorD MappedBack(const VectorD& x) const {
    return x.cwiseQuotient(standardised_.input_scale.cast<double>()) +
           standardised_.input_offset.cast<double>();
  }

  ModelParameters plain_;
  ModelParameters standardised_;
  const Matrix inputs_ = RandomMatrix(5, kInputs, 3, 0, 1);
};

// The tolerance is that of weights rounded once more to float.
TEST_P(StandardisationTest, FoldedModelIsThePlainOneOnStandardisedInputs) {
  const ReferenceAutoencoder plain(plain_), folded(standardised_);
  for (Index row = 0; row < inputs_.rows(); ++row) {
    const VectorD x = inputs_.row(row).transpose().cast<double>();
    const VectorD code = plain.Forward(Standardised(x), 1, 2).back();
    EXPECT_LT((folded.Forward(x, 1, 2).back() - code).lpNorm<Eigen::Infinity>(), 1e-6);
    EXPECT_LT((folded.Decode(code, 2, 0) - MappedBack(plain.Decode(code, 2, 0)))
                  .lpNorm<Eigen::Infinity>(),
              2e-6);
    // Inner layers do not see the standardisation.
    EXPECT_EQ(folded.Decode(code, 2, 1), plain.Decode(code, 2, 1));
  }
}

TEST_P(StandardisationTest, LossesWeighErrorsInTheStandardisedScale) {
  const auto model = Autoencoder::Create(standardised_);
  ASSERT_THAT(model, IsOk());
  const ReferenceAutoencoder plain(plain_);
  Workspace workspace;
  Matrix outputs(inputs_.rows(), kInputs);
  Vector losses(inputs_.rows());
  (*model)->Reconstruct(inputs_, outputs, losses, workspace);
  for (Index row = 0; row < inputs_.rows(); ++row) {
    const VectorD x = Standardised(inputs_.row(row).transpose().cast<double>());
    const VectorD reconstructed = plain.Decode(plain.Forward(x, 1, 2).back(), 2, 0);
    EXPECT_NEAR(losses[row], 0.5 * (x - reconstructed).squaredNorm(), 2e-5);
    EXPECT_LT((outputs.row(row).transpose().cast<double>() - MappedBack(reconstructed))
                  .lpNorm<Eigen::Infinity>(),
              1e-5);
  }
}

TEST_P(StandardisationTest, ClassifiersReadStandardisedInputs) {
  for (const std::vector<Index>& tower : {std::vector<Index>{}, std::vector<Index>{5}}) {
    ModelParameters plain = plain_, standardised = standardised_;
    AddRandomClassifier(tower, 3, 4, plain);
    AddRandomClassifier(tower, 3, 4, standardised);
    const auto plain_model = Autoencoder::Create(plain), model = Autoencoder::Create(standardised);
    ASSERT_THAT(plain_model, IsOk());
    ASSERT_THAT(model, IsOk());
    Matrix standardised_inputs(inputs_.rows(), kInputs);
    for (Index row = 0; row < inputs_.rows(); ++row) {
      standardised_inputs.row(row) =
          Standardised(inputs_.row(row).transpose().cast<double>()).cast<float>().transpose();
    }
    Workspace workspace;
    Matrix expected(inputs_.rows(), 3), logits(inputs_.rows(), 3);
    (*plain_model)->Logits(standardised_inputs, expected, workspace);
    (*model)->Logits(inputs_, logits, workspace);
    EXPECT_LT((logits - expected).lpNorm<Eigen::Infinity>(), 1e-5) << tower.size();
  }
}

TEST_P(StandardisationTest, FoldingASecondTimeChangesNothing) {
  FoldStandardisation(standardised_);
  ModelParameters again = standardised_;
  FoldStandardisation(again);
  EXPECT_EQ(standardised_.input_offset.size(), 0);
  EXPECT_EQ(standardised_.input_scale.size(), kInputs);
  EXPECT_THAT(again.layers[0].encoder.weight, HasBitsOf(standardised_.layers[0].encoder.weight));
  EXPECT_THAT(again.layers[0].encoder.bias, HasBitsOf(standardised_.layers[0].encoder.bias));
  EXPECT_THAT(again.layers[0].decoder_weight, HasBitsOf(standardised_.layers[0].decoder_weight));
}

TEST_P(StandardisationTest, WithoutStandardisationNothingChanges) {
  ModelParameters folded = plain_;
  FoldStandardisation(folded);
  EXPECT_THAT(folded.layers[0].encoder.weight, HasBitsOf(plain_.layers[0].encoder.weight));
  EXPECT_EQ(folded.layers[0].tied(), plain_.layers[0].tied());
}

INSTANTIATE_TEST_SUITE_P(Weights, StandardisationTest,
                         ::testing::Values(Weights::kTied, Weights::kUntied));

}  // namespace
}  // namespace cae
