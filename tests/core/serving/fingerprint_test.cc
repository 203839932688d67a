#include "core/serving/fingerprint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/testing/random_model.h"
#include "tests/testing/temp_repository.h"

namespace cae {
namespace {

using testing::RandomModelParameters;
using testing::TinyModelParameters;

std::string FingerprintOf(const ModelParameters& parameters,
                          Precision precision = Precision::kFloat32) {
  const auto autoencoder = Autoencoder::Create(parameters, precision);
  EXPECT_TRUE(autoencoder.ok()) << autoencoder.status();
  return NumericFingerprint(**autoencoder);
}

TEST(FingerprintTest, IsTheSameForEveryLoadOfOneModel) {
  const std::string fingerprint = FingerprintOf(TinyModelParameters());
  EXPECT_THAT(fingerprint, ::testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ(FingerprintOf(TinyModelParameters()), fingerprint);
}

/// Each of these changes bits of answers.
TEST(FingerprintTest, DiffersWhereAnyNumberOfTheModelDiffers) {
  const std::string fingerprint = FingerprintOf(TinyModelParameters());
  const std::vector<std::function<void(ModelParameters&)>> changes = {
      [](ModelParameters& p) { p.layers[0].encoder.weight(0, 0) += 0.25f; },
      [](ModelParameters& p) { p.layers[0].encoder.bias(3) += 0.25f; },
      [](ModelParameters& p) { p.layers[0].decoder_bias(5) += 0.25f; },
      [](ModelParameters& p) { p.layers[0].encoder.activation = Activation::kTanh; },
      [](ModelParameters& p) { p.classifier.output.weight(2, 1) += 0.25f; },
      [](ModelParameters& p) { p.classifier.output.bias(0) += 0.25f; },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    ModelParameters parameters = TinyModelParameters();
    changes[i](parameters);
    EXPECT_NE(FingerprintOf(parameters), fingerprint) << "change " << i;
  }
}

TEST(FingerprintTest, DiffersBetweenPrecisions) {
  if (!Autoencoder::Create(TinyModelParameters(), Precision::kBFloat16).ok()) {
    GTEST_SKIP() << "this processor has no products in bfloat16";
  }
  EXPECT_NE(FingerprintOf(TinyModelParameters(), Precision::kBFloat16),
            FingerprintOf(TinyModelParameters()));
}

TEST(FingerprintTest, CoversEveryLayerOfAStack) {
  const auto stack = [] {
    return RandomModelParameters({6, 5, 4}, {Activation::kLogistic}, testing::Weights::kUntied, 3);
  };
  ModelParameters changed = stack();
  changed.layers[1].decoder_weight(4, 3) += 0.25f;
  EXPECT_NE(FingerprintOf(changed), FingerprintOf(stack()));
}

}  // namespace
}  // namespace cae
