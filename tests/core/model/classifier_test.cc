// The classifier of an Autoencoder, and the softmax that makes probabilities of its logits.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/model/autoencoder.h"
#include "core/model/reference_autoencoder.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::AddRandomClassifier;
using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

constexpr Index kClasses = 10;

VectorD Affine(const DenseParameters& dense, const VectorD& x) {
  return dense.weight.cast<double>() * x + dense.bias.cast<double>();
}

/// The classifier's formula in double.
VectorD ExpectedLogits(const ModelParameters& p, const VectorD& x) {
  VectorD state = x;
  if (p.classifier.layers.empty()) {
    const ReferenceAutoencoder reference(p);
    state = reference.Forward(x, 1, reference.layers()).back();
  }
  for (const DenseParameters& dense : p.classifier.layers) {
    state = Affine(dense, state).unaryExpr([](double a) { return 1 / (1 + std::exp(-a)); });
  }
  return Affine(p.classifier.output, state);
}

class ClassifierTest : public ::testing::TestWithParam<std::vector<Index>> {
 protected:
  void SetUp() override {
    parameters_ = RandomModelParameters({20, 15, 8}, {Activation::kTanh}, Weights::kTied, 1);
    AddRandomClassifier(GetParam(), kClasses, 2, parameters_);
    auto model = Autoencoder::Create(parameters_);
    ASSERT_THAT(model, IsOk());
    model_ = *std::move(model);
  }
  ModelParameters parameters_;
  std::shared_ptr<const Autoencoder> model_;
  const Matrix inputs_ = RandomMatrix(70, 20, 3, 0, 1);
};

TEST_P(ClassifierTest, LogitsAreThoseOfTheFormula) {
  ASSERT_TRUE(model_->has_classifier());
  ASSERT_EQ(model_->classes(), kClasses);
  Workspace workspace;
  Matrix logits(inputs_.rows(), kClasses);
  model_->Logits(inputs_, logits, workspace);
  for (Index row = 0; row < inputs_.rows(); ++row) {
    const VectorD x = inputs_.row(row).transpose().cast<double>();
    EXPECT_LT((logits.row(row).transpose().cast<double>() - ExpectedLogits(parameters_, x))
                  .lpNorm<Eigen::Infinity>(),
              1e-5);
  }
}

TEST_P(ClassifierTest, RowHasTheBitsItHasAlone) {
  Workspace workspace;
  Matrix all(inputs_.rows(), kClasses);
  model_->Logits(inputs_, all, workspace);
  SoftmaxRows(all);
  for (Index row = 0; row < inputs_.rows(); ++row) {
    Matrix one(1, kClasses);
    model_->Logits(Matrix(inputs_.row(row)), one, workspace);
    SoftmaxRows(one);
    ASSERT_THAT(one, HasBitsOf(Matrix(all.row(row)))) << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Towers, ClassifierTest,
                         ::testing::Values(std::vector<Index>{}, std::vector<Index>{12},
                                           std::vector<Index>{12, 7}));

TEST(SoftmaxRowsTest, IsTheFormula) {
  const Matrix logits = RandomMatrix(20, 7, 1, -10, 10);
  Matrix probabilities = logits;
  SoftmaxRows(probabilities);
  for (Index row = 0; row < logits.rows(); ++row) {
    const VectorD e = logits.row(row).transpose().cast<double>().array().exp();
    EXPECT_LT(
        (probabilities.row(row).transpose().cast<double>() - e / e.sum()).lpNorm<Eigen::Infinity>(),
        1e-6);
    EXPECT_NEAR(probabilities.row(row).sum(), 1, 1e-6);
  }
}

TEST(SoftmaxRowsTest, HugeLogitsDoNotOverflow) {
  Matrix logits(2, 3);
  logits << 1e30f, 1e30f, -1e30f, -1e38f, -1e38f, -1e38f;
  SoftmaxRows(logits);
  Matrix expected(2, 3);
  expected << 0.5f, 0.5f, 0, 1 / 3.0f, 1 / 3.0f, 1 / 3.0f;
  EXPECT_LT((logits - expected).lpNorm<Eigen::Infinity>(), 1e-6);
}

TEST(SoftmaxRowsTest, OneClassIsCertain) {
  Matrix logits = RandomMatrix(3, 1, 1);
  SoftmaxRows(logits);
  EXPECT_EQ(logits, Matrix::Ones(3, 1));
}

// A vectorised exponential rounds otherwise than a scalar one, and which elements meet which must
// not follow from the address of a row.
TEST(SoftmaxRowsTest, RowHasTheSameBitsWhereverItStands) {
  for (const Index classes : {2, 3, 7, 10, 33}) {
    const Matrix row = RandomMatrix(1, classes, 5, -8, 8);
    Matrix one = row;
    SoftmaxRows(one);
    Matrix many = row.replicate(9, 1);
    SoftmaxRows(many);
    for (Index i = 0; i < many.rows(); ++i) {
      ASSERT_THAT(Matrix(many.row(i)), HasBitsOf(one)) << classes << " classes, row " << i;
    }
  }
}

}  // namespace
}  // namespace cae
