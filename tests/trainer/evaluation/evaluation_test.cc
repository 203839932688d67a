#include "trainer/evaluation/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "core/model/jacobian_operator.h"
#include "core/model/reference_autoencoder.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::AddRandomClassifier;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::StatusIs;
using testing::Weights;

TEST(EstimateTest, MeansAndSharesHaveTheirStandardErrors) {
  const Estimate mean = EstimateMean({1, 2, 3, 6});
  EXPECT_DOUBLE_EQ(mean.mean, 3);
  EXPECT_DOUBLE_EQ(mean.standard_error, std::sqrt((4 + 1 + 0 + 9) / 3.0 / 4));
  EXPECT_EQ(mean.rows, 4);
  EXPECT_EQ(EstimateMean({5}).standard_error, 0);
  const Estimate share = EstimateShare(20, 100);
  EXPECT_DOUBLE_EQ(share.mean, 0.2);
  EXPECT_DOUBLE_EQ(share.standard_error, 0.04);
}

TEST(QuantileTest, IsLinearBetweenNeighbours) {
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 0.5), 2);
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 0.25), 1.5);
  EXPECT_DOUBLE_EQ(Quantile({3, 1, 2}, 1), 3);
  EXPECT_DOUBLE_EQ(Quantile({7}, 0.1), 7);
}

TEST(DescribeCodesTest, CountsSaturatedAndDeadUnits) {
  Matrix codes(2, 4);
  codes << 0.5f, 0.001f, 0.999f, 0.0f,  //
      0.6f, 0.5f, 0.001f, 1.0f;
  const CodeStatistics logistic = DescribeCodes(Activation::kLogistic, codes);
  EXPECT_NEAR(logistic.mean, 3.601 / 8, 1e-6);
  EXPECT_DOUBLE_EQ(logistic.saturated, 5.0 / 8);
  EXPECT_DOUBLE_EQ(logistic.dead, 2.0 / 4);
  EXPECT_DOUBLE_EQ(DescribeCodes(Activation::kRelu, codes).saturated, 1.0 / 8);
  EXPECT_DOUBLE_EQ(DescribeCodes(Activation::kIdentity, codes).saturated, 0);
}

// Everything again, row by row, from the model in double precision.
TEST(EvaluateModelTest, AgreesWithTheFormulas) {
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{12, 7}, std::vector<Index>{12, 20, 9}}) {
    ModelParameters parameters =
        RandomModelParameters(sizes, {Activation::kLogistic}, Weights::kTied, 3);
    AddRandomClassifier({8}, 4, 5, parameters);
    const auto model = Autoencoder::Create(parameters);
    ASSERT_THAT(model, IsOk());
    const Matrix rows = RandomMatrix(250, 12, 1, 0, 1);  // more than two pieces
    const std::vector<std::uint8_t> labels(250, 2);
    EvaluationOptions options;
    options.spectrum_rows = 5;
    options.rank = 100;  // more than there are
    std::vector<std::string> parts;
    options.on_progress = [&](const char* part, Index, Index) { parts.emplace_back(part); };
    ThreadPool pool(2);
    const auto evaluation = EvaluateModel(**model, {rows, labels}, options, pool);
    ASSERT_THAT(evaluation, IsOk());

    const ReferenceAutoencoder reference(parameters);
    double contraction = 0, loss = 0;
    const Index contraction_rows = sizes.size() == 2 ? 250 : kDeepContractionRows;
    for (Index i = 0; i < 250; ++i) {
      const VectorD x = rows.row(i).cast<double>().transpose();
      const auto states = reference.Forward(x, 1, reference.layers());
      if (i < contraction_rows) {
        contraction += JacobianOperator(reference, states, 1).SquaredFrobeniusNorm();
      }
      const VectorD y = reference.Decode(states.back(), reference.layers(), 0);
      loss -= (x.array() * y.array().log() + (1 - x.array()) * (1 - y.array()).log()).sum();
    }
    EXPECT_NEAR(evaluation->reconstruction.mean, loss / 250, 1e-4 * loss / 250);
    EXPECT_EQ(evaluation->contraction.rows, contraction_rows);
    contraction /= static_cast<double>(contraction_rows);
    EXPECT_NEAR(evaluation->contraction.mean, contraction, 1e-4 * contraction);
    EXPECT_GT(evaluation->contraction.standard_error, 0);

    Matrix logits(250, 4);
    Workspace workspace;
    (*model)->Logits(rows, logits, workspace);
    Index wrong = 0;
    for (Index i = 0; i < 250; ++i) wrong += logits(i, 2) < logits.row(i).maxCoeff();
    EXPECT_DOUBLE_EQ(evaluation->error->mean, static_cast<double>(wrong) / 250);

    // All singular values are there: their squares sum up to ‖J‖²_F.
    const MatrixD& sigma = evaluation->spectrum.singular_values;
    ASSERT_EQ(sigma.rows(), 5);
    ASSERT_EQ(sigma.cols(), std::min(sizes.front(), sizes.back()));
    const VectorD x = rows.row(4).cast<double>().transpose();
    const JacobianOperator last(reference, reference.Forward(x, 1, reference.layers()), 1);
    EXPECT_NEAR(sigma.row(4).squaredNorm(), last.SquaredFrobeniusNorm(), 1e-9);
    EXPECT_EQ(evaluation->codes.size(), sizes.size() - 1);
    EXPECT_EQ(parts.front(), "rows");
    EXPECT_EQ(parts.back(), "spectrum");
  }
}

TEST(EvaluateModelTest, RowsOfAnotherWidthAreRefused) {
  const auto model = Autoencoder::Create(
      RandomModelParameters({12, 7}, {Activation::kLogistic}, Weights::kTied, 3));
  ASSERT_THAT(model, IsOk());
  ThreadPool pool(1);
  EXPECT_THAT(EvaluateModel(**model, {RandomMatrix(3, 11, 1), {}}, {}, pool),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cae
