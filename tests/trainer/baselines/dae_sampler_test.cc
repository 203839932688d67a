#include "trainer/baselines/dae_sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>

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

constexpr Index kInputs = 24;

std::shared_ptr<const Autoencoder> Model(ModelParameters parameters) {
  auto model = Autoencoder::Create(std::move(parameters));
  EXPECT_THAT(model, IsOk());
  return *model;
}

std::shared_ptr<const Autoencoder> RandomModel() {
  return Model(RandomModelParameters({kInputs, 12, 7}, {Activation::kLogistic},
                                     testing::Weights::kTied, 81));
}

// x ↦ x.
std::shared_ptr<const Autoencoder> IdentityModel() {
  ModelParameters parameters = RandomModelParameters({kInputs, kInputs}, {Activation::kIdentity},
                                                     testing::Weights::kTied, 82);
  parameters.layers[0].encoder.weight.setIdentity();
  parameters.layers[0].encoder.bias.setZero();
  parameters.layers[0].decoder_bias.setZero();
  return Model(std::move(parameters));
}

Matrix After(DaeSampler& sampler, const Matrix& images, int steps, std::uint64_t seed = 1) {
  sampler.Start(images, seed);
  sampler.Step(steps);
  Matrix shown(images.rows(), images.cols());
  sampler.Images(shown);
  return shown;
}

TEST(DaeSamplerTest, WithoutNoiseItReconstructsAgainAndAgain) {
  const auto model = RandomModel();
  const Matrix images = RandomMatrix(40, kInputs, 83, 0, 1);
  Matrix expected = images;
  Workspace workspace;
  for (int i = 0; i < 3; ++i) {
    Matrix out(40, kInputs);
    Vector losses(40);
    model->Reconstruct(expected, out, losses, workspace);
    expected = out;
  }
  ThreadPool pool(2);
  DaeSampler sampler(model, 0, pool);
  EXPECT_LT((After(sampler, images, 3) - expected).cwiseAbs().maxCoeff(), 1e-6);
  EXPECT_THAT(After(sampler, images, 0), HasBitsOf(images));
}

TEST(DaeSamplerTest, GaussianNoiseHasItsDeviationAndAddsUpOverSteps) {
  const Matrix images = Matrix::Constant(500, kInputs, 0.3f);
  ThreadPool pool(2);
  DaeSampler sampler(IdentityModel(), 0.2, pool);
  const Matrix moved = After(sampler, images, 4) - images;
  // 12,000 numbers: standard errors are 0.004 and 0.0026.
  EXPECT_NEAR(moved.mean(), 0, 0.02);
  EXPECT_NEAR(std::sqrt(moved.squaredNorm() / static_cast<float>(moved.size())), 0.4, 0.015);
}

TEST(DaeSamplerTest, AChainIsTheSameWhateverOthersAndThreadsAndCallsThereAre) {
  const auto model = RandomModel();
  const Matrix images = RandomMatrix(70, kInputs, 84, 0, 1);
  ThreadPool one(1), three(3);
  DaeSampler sampler(model, 0.3, one), other(model, 0.3, three);
  const Matrix all = After(sampler, images, 6);
  other.Start(Rows(ConstMatrixView(images), 0, 9), 1);
  other.Step(2);
  other.Step(4);
  Matrix few(9, kInputs);
  other.Images(few);
  EXPECT_THAT(few, HasBitsOf(Matrix(all.topRows(9))));
  EXPECT_GT((After(sampler, images, 6, 2) - all).norm(), 0.01);
}

}  // namespace
}  // namespace cae
