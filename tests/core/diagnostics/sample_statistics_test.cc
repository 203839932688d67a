#include "core/diagnostics/sample_statistics.h"

#include <gtest/gtest.h>

#include "core/model/reference_autoencoder.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae::testing {
namespace {

class SampleStatisticsTest : public ::testing::TestWithParam<std::vector<Index>> {
 protected:
  SampleStatisticsTest() {
    auto autoencoder = Autoencoder::Create(
        RandomModelParameters(GetParam(), {Activation::kLogistic}, Weights::kUntied, 1));
    EXPECT_TRUE(autoencoder.ok());
    autoencoder_ = *std::move(autoencoder);
  }
  std::shared_ptr<const Autoencoder> autoencoder_;
  Workspace workspace_;
};

INSTANTIATE_TEST_SUITE_P(Models, SampleStatisticsTest,
                         ::testing::Values(std::vector<Index>{12, 8}, std::vector<Index>{12, 8, 5},
                                           std::vector<Index>{7, 10, 14}),
                         [](const auto& sizes) { return "Model" + std::to_string(sizes.index); });

TEST_P(SampleStatisticsTest, AreWhatTheirNamesSay) {
  const SampleStatistics statistics(autoencoder_);
  const Matrix draws = RandomMatrix(5, GetParam()[0], 2, 0, 1);
  const MatrixD values = statistics.Of(draws, workspace_);
  ASSERT_EQ(values.cols(), kSampleStatistics);
  const ReferenceAutoencoder reference(autoencoder_->parameters());
  const int top = reference.layers();
  for (Index row = 0; row < draws.rows(); ++row) {
    const VectorD x = draws.row(row).cast<double>().transpose();
    const VectorD g = reference.Decode(reference.Forward(x, 1, top).back(), top, 0);
    EXPECT_NEAR(values(row, 0), x.mean(), 1e-12);
    EXPECT_NEAR(values(row, 1), (x - g).squaredNorm(), 1e-5);
    for (Index i = 0; i < 3; ++i) {
      EXPECT_NEAR(values(row, 2 + i), statistics.directions().row(i) * x, 1e-12);
    }
  }
}

TEST_P(SampleStatisticsTest, OfARowDoNotDependOnTheRowsBeside) {
  const SampleStatistics statistics(autoencoder_);
  const Matrix draws = RandomMatrix(9, GetParam()[0], 3, 0, 1);
  const MatrixD together = statistics.Of(draws, workspace_);
  for (Index row = 0; row < draws.rows(); ++row) {
    EXPECT_EQ(statistics.Of(Rows(ConstMatrixView(draws), row, 1), workspace_), together.row(row));
  }
}

}  // namespace
}  // namespace cae::testing
