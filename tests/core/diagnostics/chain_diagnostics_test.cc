#include "core/diagnostics/chain_diagnostics.h"

#include <gtest/gtest.h>

#include "core/diagnostics/effective_sample_size.h"
#include "core/diagnostics/split_r_hat.h"
#include "tests/core/diagnostics/known_series.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae::testing {
namespace {

constexpr Index kUnits = 6;

class ChainDiagnosticsTest : public ::testing::Test {
 protected:
  ChainDiagnosticsTest() {
    ModelParameters parameters =
        RandomModelParameters({kUnits, 4}, {Activation::kLogistic}, Weights::kTied, 1);
    AddRandomClassifier({}, 3, 2, parameters);
    auto autoencoder = Autoencoder::Create(parameters);
    EXPECT_TRUE(autoencoder.ok());
    statistics_ = std::make_shared<const SampleStatistics>(*std::move(autoencoder));
  }

  Matrix Draw(Index chains, std::uint64_t number) {
    return RandomMatrix(chains, kUnits, 50 + number, 0, 1);
  }

  std::shared_ptr<const SampleStatistics> statistics_;
  Workspace workspace_;
};

TEST_F(ChainDiagnosticsTest, SummarisesEachStatisticOverAllChains) {
  // 70 chains: more than one block of rows.
  constexpr Index kChains = 70;
  constexpr Index kDraws = 40;
  ChainDiagnostics diagnostics(statistics_, kChains, false);
  std::array<std::vector<BatchedMoments>, kSampleStatistics> series;
  std::vector<double> all[kSampleStatistics];
  for (auto& chains : series) chains.resize(kChains);
  for (Index i = 0; i < kDraws; ++i) {
    const Matrix draw = Draw(kChains, static_cast<std::uint64_t>(i));
    diagnostics.Observe(draw, workspace_);
    const MatrixD values = statistics_->Of(draw, workspace_);
    for (Index s = 0; s < kSampleStatistics; ++s) {
      for (Index c = 0; c < kChains; ++c) {
        series[s][c].Add(values(c, s));
        all[s].push_back(values(c, s));
      }
    }
  }
  EXPECT_EQ(diagnostics.draws(), kDraws);
  const auto summaries = diagnostics.Summarise();
  for (std::size_t s = 0; s < summaries.size(); ++s) {
    const StatisticSummary& summary = summaries[s];
    const Moments expected = TwoPassMoments(all[s]);
    EXPECT_NEAR(summary.mean, expected.mean, 1e-12);
    EXPECT_NEAR(summary.variance, expected.Variance(), 1e-12);
    EXPECT_DOUBLE_EQ(*summary.effective_sample_size, *EffectiveSampleSize(series[s]));
    ASSERT_EQ(summary.half_moments.size(), 2u * kChains);
    double worst = 0;
    for (std::size_t c = 0; c < kChains; ++c) {
      const auto halves = series[s][c].Halves();
      EXPECT_EQ(summary.half_moments[2 * c].mean, halves[0].mean);
      EXPECT_EQ(summary.half_moments[2 * c + 1].m2, halves[1].m2);
      worst = std::max(worst, *SplitRHat(halves));
    }
    EXPECT_DOUBLE_EQ(*summary.within_chain_r_hat, worst);
    EXPECT_DOUBLE_EQ(*summary.split_r_hat, *SplitRHat(summary.half_moments));
  }
}

TEST_F(ChainDiagnosticsTest, MeasuresHowFarChainsMoveBetweenDraws) {
  ChainDiagnostics diagnostics(statistics_, 2, false);
  Matrix draw = Matrix::Zero(2, kUnits);
  diagnostics.Observe(draw, workspace_);
  EXPECT_EQ(diagnostics.mean_distance(), 0);
  draw(0, 0) = 3;
  draw(0, 1) = 4;  // one chain moves by 5, the other stays
  diagnostics.Observe(draw, workspace_);
  EXPECT_DOUBLE_EQ(diagnostics.mean_distance(), 2.5);
  diagnostics.Observe(draw, workspace_);
  EXPECT_DOUBLE_EQ(diagnostics.mean_distance(), 1.25);
}

TEST_F(ChainDiagnosticsTest, CountsClassesWhereAskedFor) {
  EXPECT_EQ(ChainDiagnostics(statistics_, 2, false).transitions(), nullptr);
  constexpr Index kChains = 70;
  ChainDiagnostics diagnostics(statistics_, kChains, true);
  ClassTransitions expected(3);
  for (std::uint64_t i = 0; i < 4; ++i) {
    const Matrix draw = Draw(kChains, i);
    diagnostics.Observe(draw, workspace_);
    Matrix logits(kChains, 3);
    statistics_->autoencoder().Logits(draw, logits, workspace_);
    expected.Observe(logits);
  }
  ASSERT_NE(diagnostics.transitions(), nullptr);
  EXPECT_EQ(diagnostics.transitions()->counts(), expected.counts());
}

TEST_F(ChainDiagnosticsTest, FewDrawsHaveMeansButNothingThatNeedsMore) {
  ChainDiagnostics diagnostics(statistics_, 2, false);
  EXPECT_EQ(diagnostics.Summarise()[0].mean, 0);
  const Matrix draw = Draw(2, 0);
  diagnostics.Observe(draw, workspace_);
  const StatisticSummary summary = diagnostics.Summarise()[0];
  EXPECT_NEAR(summary.mean, draw.cast<double>().mean(), 1e-12);
  EXPECT_EQ(summary.split_r_hat, std::nullopt);
  EXPECT_EQ(summary.within_chain_r_hat, std::nullopt);
  EXPECT_EQ(summary.effective_sample_size, std::nullopt);
}

}  // namespace
}  // namespace cae::testing
