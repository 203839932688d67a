#include "core/model/reference_autoencoder.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/testing/naive_product.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae {
namespace {

using testing::NaiveProduct;
using testing::RandomModelParameters;
using testing::RandomVectorD;
using testing::Weights;

double Logistic(double a) { return 1 / (1 + std::exp(-a)); }

/// s(W x + c) by loops, apart from the library's own activation.
VectorD LogisticLayer(const MatrixD& weight, const VectorD& x, const VectorD& bias) {
  const MatrixD product = NaiveProduct(weight, x);
  VectorD y(product.rows());
  for (Index i = 0; i < y.size(); ++i) y[i] = Logistic(product(i, 0) + bias[i]);
  return y;
}

TEST(ReferenceAutoencoderTest, IsTheFormulaLayerByLayer) {
  for (const Weights weights : {Weights::kTied, Weights::kUntied}) {
    const auto p = RandomModelParameters({6, 9, 4}, {Activation::kLogistic}, weights, 1);
    const ReferenceAutoencoder model(p);
    const VectorD x = RandomVectorD(6, 2, 0, 1);
    const auto& [low, high] = std::tie(p.layers[0], p.layers[1]);
    const VectorD h1 =
        LogisticLayer(low.encoder.weight.cast<double>(), x, low.encoder.bias.cast<double>());
    const VectorD h2 =
        LogisticLayer(high.encoder.weight.cast<double>(), h1, high.encoder.bias.cast<double>());
    const auto states = model.Forward(x, 1, 2);
    ASSERT_EQ(states.size(), 3u);
    EXPECT_EQ(states[0], x);
    EXPECT_LT((states[1] - h1).norm(), 1e-14);
    EXPECT_LT((states[2] - h2).norm(), 1e-14);

    const auto decoder = [&](const LayerParameters& layer) -> MatrixD {
      return weights == Weights::kTied ? MatrixD(layer.encoder.weight.transpose().cast<double>())
                                       : MatrixD(layer.decoder_weight.cast<double>());
    };
    const VectorD down1 = LogisticLayer(decoder(high), h2, high.decoder_bias.cast<double>());
    const VectorD down0 = LogisticLayer(decoder(low), down1, low.decoder_bias.cast<double>());
    EXPECT_LT((model.Decode(h2, 2, 1) - down1).norm(), 1e-14);
    EXPECT_LT((model.Decode(h2, 2, 0) - down0).norm(), 1e-14);
    EXPECT_LT(
        (model.Decode(h1, 1, 0) - LogisticLayer(decoder(low), h1, low.decoder_bias.cast<double>()))
            .norm(),
        1e-14);
  }
}

TEST(ReferenceAutoencoderTest, PartsOfTheStackComposeToTheWhole) {
  const ReferenceAutoencoder model(RandomModelParameters(
      {5, 7, 3, 4}, {Activation::kTanh, Activation::kRelu, Activation::kLogistic}, Weights::kUntied,
      3));
  const VectorD x = RandomVectorD(5, 4);
  const auto all = model.Forward(x, 1, 3);
  const auto lower = model.Forward(x, 1, 1);
  const auto upper = model.Forward(lower.back(), 2, 3);
  EXPECT_EQ(upper[0], all[1]);
  EXPECT_EQ(upper[2], all[3]);
  EXPECT_EQ(model.Decode(model.Decode(all[3], 3, 1), 1, 0), model.Decode(all[3], 3, 0));
  EXPECT_EQ(model.Decode(all[2], 2, 2), all[2]);
}

TEST(ReferenceAutoencoderDeathTest, LayersThatAreNotThereStopTheProcess) {
  const ReferenceAutoencoder model(
      RandomModelParameters({5, 7}, {Activation::kTanh}, Weights::kTied, 3));
  EXPECT_DEATH(model.Forward(VectorD::Zero(5), 1, 2), "layers 1 to 2 of 1");
  EXPECT_DEATH(model.Forward(VectorD::Zero(5), 0, 1), "layers 0 to 1 of 1");
  EXPECT_DEATH(model.Decode(VectorD::Zero(7), 2, 0), "from layer 2 to 0 of 1");
}

}  // namespace
}  // namespace cae
