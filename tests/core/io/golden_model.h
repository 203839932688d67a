// The model of testdata/model_v1.safetensors, the file that pins format version 1.
#ifndef CAE_TESTS_CORE_IO_GOLDEN_MODEL_H_
#define CAE_TESTS_CORE_IO_GOLDEN_MODEL_H_

#include "core/model/model_parameters.h"

namespace cae::testing {

/// Relative to the source folder, in which tests run.
inline constexpr char kGoldenModelPath[] = "tests/core/io/testdata/model_v1.safetensors";

/// Four inputs, two code units, two classes; every number is exact in F16.
inline ModelParameters GoldenModel() {
  ModelParameters model;
  LayerParameters& layer = model.layers.emplace_back();
  layer.encoder.weight.resize(2, 4);
  layer.encoder.weight << 1, -0.5f, -1, 0.5f, 0.25f, 2, -0.25f, 3;
  layer.encoder.bias = Vector::Zero(2);
  layer.decoder_bias.resize(4);
  layer.decoder_bias << -1, 0.1f, 1, 0;
  model.classifier.output.weight.resize(2, 2);
  model.classifier.output.weight << 1, -1, -1, 1;
  model.classifier.output.bias.resize(2);
  model.classifier.output.bias << 0.5f, -0.5f;
  model.classifier.output.activation = Activation::kIdentity;
  model.start_examples.resize(1, 4);
  model.start_examples << 0, 1, 0.5f, 0;
  // Both rows of the weights give 0 here, so that both codes are logistic(0).
  model.golden_inputs.resize(1, 4);
  model.golden_inputs << 1, 0, 1, 0;
  model.golden_codes.resize(1, 2);
  model.golden_codes << 0.5f, 0.5f;
  model.card.input_shape = {2, 2};
  model.card.class_labels = {"left", "right"};
  model.card.default_noise_stddev = 2.5;
  model.card.training = {{"seed", "1"}};
  return model;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_IO_GOLDEN_MODEL_H_
