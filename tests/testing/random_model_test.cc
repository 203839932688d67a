#include "tests/testing/random_model.h"

#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

TEST(RandomModelTest, IsValidAndHasTheShapesAskedFor) {
  const ModelParameters parameters =
      RandomModelParameters({6, 4, 9}, {Activation::kTanh, Activation::kRelu}, Weights::kUntied, 1);
  ASSERT_THAT(Validate(parameters), IsOk());
  ASSERT_EQ(parameters.layers.size(), 2u);
  EXPECT_EQ(parameters.layers[0].encoder.weight.rows(), 4);
  EXPECT_EQ(parameters.layers[0].encoder.weight.cols(), 6);
  EXPECT_EQ(parameters.layers[1].units(), 9);
  EXPECT_FALSE(parameters.layers[1].tied());
  EXPECT_EQ(parameters.layers[0].encoder.activation, Activation::kTanh);
  EXPECT_EQ(parameters.layers[1].encoder.activation, Activation::kRelu);
  EXPECT_EQ(parameters.layers[1].decoder_activation, Activation::kTanh);
}

TEST(RandomModelTest, TiedModelHasNoDecoderWeight) {
  const auto parameters = RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, 1);
  ASSERT_THAT(Validate(parameters), IsOk());
  EXPECT_TRUE(parameters.layers[0].tied());
}

TEST(RandomModelTest, IsAFunctionOfTheSeed) {
  const auto weight = [](std::uint64_t seed) {
    return RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, seed)
        .layers[0]
        .encoder.weight;
  };
  EXPECT_EQ(weight(3), weight(3));
  EXPECT_NE(weight(3), weight(4));
}

TEST(RandomModelTest, ClassifiersAndStandardisationKeepItValid) {
  auto parameters = RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, 1);
  AddRandomStandardisation(2, parameters);
  AddRandomClassifier({}, 3, 3, parameters);
  EXPECT_THAT(Validate(parameters), IsOk());
  EXPECT_EQ(parameters.classifier.output.input_units(), 4);

  parameters = RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, 1);
  AddRandomClassifier({8, 5}, 3, 3, parameters);
  EXPECT_THAT(Validate(parameters), IsOk());
  EXPECT_EQ(parameters.classifier.layers[0].input_units(), 6);
  EXPECT_EQ(parameters.classifier.output.input_units(), 5);
}

}  // namespace
}  // namespace cae::testing
