#include "trainer/evaluation/model_sampler.h"

#include <gtest/gtest.h>

#include "core/sampling/reference_chain.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

class ModelSamplerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto model = Autoencoder::Create(parameters_);
    ASSERT_THAT(model, IsOk());
    model_ = *model;
  }

  const ModelParameters parameters_ =
      RandomModelParameters({12, 9, 7}, {Activation::kLogistic}, Weights::kTied, 3);
  std::shared_ptr<const Autoencoder> model_;
  const Matrix starts_ = RandomMatrix(5, 12, 1, 0, 1);
};

TEST_F(ModelSamplerTest, MakesTheStatesOfTheReferenceChain) {
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    ThreadPool pool(2);
    ModelSampler sampler(model_, {1.5, 0, process}, pool);
    sampler.Start(starts_, 11);
    sampler.Step(1);
    sampler.Step(3);
    Matrix images(5, 12);
    sampler.Images(images);
    const ReferenceAutoencoder reference(parameters_);
    const ReferenceChain chain(reference, {11, 1.5, 0, process});
    for (Index c = 0; c < 5; ++c) {
      Vector state = chain.InitialState(starts_.row(c).transpose());
      for (std::uint64_t t = 0; t < 4; ++t) state = chain.Step(state, c, t).state;
      EXPECT_LT((images.row(c).transpose() - chain.Output(state)).norm(), 1e-5);
    }
  }
}

TEST_F(ModelSamplerTest, AChainIsTheSameWhateverOthersThereAre) {
  ThreadPool one(1), three(3);
  ModelSampler all(model_, {1.5, 2, SampleProcess::kComposed}, one);
  ModelSampler some(model_, {1.5, 2, SampleProcess::kComposed}, three);
  Matrix images(5, 12), first(2, 12);
  all.Start(starts_, 4);
  all.Step(6);
  all.Images(images);
  some.Start(RandomMatrix(3, 12, 2, 0, 1), 9);  // forgotten
  some.Step(2);
  some.Start(starts_.topRows(2).eval(), 4);
  some.Step(6);
  some.Images(first);
  EXPECT_EQ(images.topRows(2), first);
  EXPECT_NE(images.row(0), images.row(1));
}

}  // namespace
}  // namespace cae
