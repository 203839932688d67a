#include "trainer/evaluation/parzen.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/testing/random_matrix.h"

namespace cae {
namespace {

using testing::RandomMatrix;

// The definition, term by term in double.
double NaiveLogLikelihood(const Matrix& samples, const Matrix& rows, Index row, double sigma) {
  double largest = -INFINITY;
  VectorD exponents(samples.rows());
  for (Index i = 0; i < samples.rows(); ++i) {
    const double distance =
        (rows.row(row).cast<double>() - samples.row(i).cast<double>()).squaredNorm();
    exponents[i] = -distance / (2 * sigma * sigma);
    largest = std::max(largest, exponents[i]);
  }
  double sum = 0;
  for (Index i = 0; i < samples.rows(); ++i) sum += std::exp(exponents[i] - largest);
  return largest + std::log(sum / static_cast<double>(samples.rows())) -
         0.5 * static_cast<double>(rows.cols()) * std::log(2 * M_PI * sigma * sigma);
}

TEST(ParzenTest, AgreesWithTheDefinition) {
  const Matrix samples = RandomMatrix(2300, 30, 1, 0, 1);  // two blocks and a part
  const Matrix rows = RandomMatrix(130, 30, 2, 0, 1);      // a piece and a part
  const std::vector<double> bandwidths = {0.1, 0.3, 1};
  ThreadPool pool(2);
  const MatrixD values = ParzenLogLikelihoods(samples, rows, bandwidths, pool);
  ASSERT_EQ(values.rows(), 130);
  for (Index i = 0; i < rows.rows(); ++i) {
    for (Index w = 0; w < 3; ++w) {
      EXPECT_NEAR(values(i, w), NaiveLogLikelihood(samples, rows, i, bandwidths[w]), 2e-3);
    }
  }
}

TEST(ParzenTest, FarRowsDoNotUnderflow) {
  const Matrix samples = Matrix::Zero(3, 400);
  const Matrix rows = Matrix::Constant(1, 400, 10);
  ThreadPool pool(1);
  const double sigma = 0.1;
  EXPECT_NEAR(ParzenLogLikelihoods(samples, rows, {&sigma, 1}, pool)(0, 0),
              -40000 / 0.02 - 200 * std::log(2 * M_PI * 0.01), 1);
}

TEST(ParzenTest, BitsDoNotDependOnThreads) {
  const Matrix samples = RandomMatrix(1500, 30, 1, 0, 1);
  const Matrix rows = RandomMatrix(500, 30, 2, 0, 1);
  ThreadPool one(1), three(3);
  const std::vector<double> bandwidths = ParzenBandwidths();
  EXPECT_EQ(ParzenLogLikelihoods(samples, rows, bandwidths, one),
            ParzenLogLikelihoods(samples, rows, bandwidths, three));
}

TEST(ParzenTest, BandwidthsAreThoseOfNumpysLogspace) {
  const std::vector<double> bandwidths = ParzenBandwidths();
  ASSERT_EQ(bandwidths.size(), 10u);
  EXPECT_NEAR(bandwidths[0], 0.1, 1e-15);
  EXPECT_NEAR(bandwidths[1], 0.1291549665014884, 1e-15);
  EXPECT_NEAR(bandwidths[9], 1, 1e-15);
}

TEST(ParzenTest, TakesTheBandwidthThatTheChoiceRowsLikeBest) {
  const Matrix samples = RandomMatrix(200, 10, 1, 0, 1);
  const Matrix choice = RandomMatrix(50, 10, 2, 0, 1), test = RandomMatrix(80, 10, 3, 0, 1);
  ThreadPool pool(2);
  const ParzenScore score = ScoreByParzen(samples, choice, test, pool);
  double best = -INFINITY, best_bandwidth = 0;
  for (const double sigma : ParzenBandwidths()) {
    double mean = 0;
    for (Index i = 0; i < 50; ++i) mean += NaiveLogLikelihood(samples, choice, i, sigma) / 50;
    if (mean > best) {
      best = mean;
      best_bandwidth = sigma;
    }
  }
  EXPECT_EQ(score.bandwidth, best_bandwidth);
  EXPECT_FALSE(score.at_edge);
  double mean = 0, squares = 0;
  for (Index i = 0; i < 80; ++i) {
    const double value = NaiveLogLikelihood(samples, test, i, best_bandwidth);
    mean += value / 80;
    squares += value * value;
  }
  EXPECT_NEAR(score.log_likelihood.mean, mean, 1e-3);
  EXPECT_NEAR(score.log_likelihood.standard_error,
              std::sqrt((squares - 80 * mean * mean) / 79 / 80), 1e-3);
}

}  // namespace
}  // namespace cae
