#include "core/model/model_parameters.h"

#include <algorithm>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/math/conversion.h"

namespace cae {
namespace {

std::string ShapeText(const Matrix& m) { return absl::StrCat("[", m.rows(), ", ", m.cols(), "]"); }

absl::Status CheckFinite(absl::string_view name, ConstMatrixView values) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  const auto size = static_cast<std::size_t>(values.size());
  const std::size_t at = FirstOutside({values.data(), size}, -kLargest, kLargest);
  if (at == size) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("tensor '", name,
                                                 "' has a value that is not finite in row ",
                                                 static_cast<Index>(at) / values.cols()));
}

absl::Status CheckMatrix(absl::string_view name, const Matrix& matrix, Index rows, Index cols) {
  if (matrix.rows() != rows || matrix.cols() != cols) {
    return absl::InvalidArgumentError(absl::StrCat("tensor '", name, "' has shape ",
                                                   ShapeText(matrix), ", the model needs [", rows,
                                                   ", ", cols, "]"));
  }
  return CheckFinite(name, matrix);
}

absl::Status CheckVector(absl::string_view name, const Vector& vector, Index size) {
  if (vector.size() != size) {
    return absl::InvalidArgumentError(absl::StrCat("tensor '", name, "' has ", vector.size(),
                                                   " elements, the model needs ", size));
  }
  return CheckFinite(name, {vector.data(), 1, vector.size()});
}

absl::Status CheckDense(absl::string_view prefix, const DenseParameters& dense, Index input_units) {
  if (dense.units() < 1) {
    return absl::InvalidArgumentError(absl::StrCat("tensor '", prefix, ".weight' is empty"));
  }
  CAE_RETURN_IF_ERROR(
      CheckMatrix(absl::StrCat(prefix, ".weight"), dense.weight, dense.units(), input_units));
  return CheckVector(absl::StrCat(prefix, ".bias"), dense.bias, dense.units());
}

absl::Status CheckLayers(const std::vector<LayerParameters>& layers) {
  Index below = layers.front().input_units();
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerParameters& layer = layers[l];
    const std::string prefix = absl::StrCat("layers.", l);
    CAE_RETURN_IF_ERROR(CheckDense(prefix, layer.encoder, below));
    CAE_RETURN_IF_ERROR(
        CheckVector(absl::StrCat(prefix, ".decoder_bias"), layer.decoder_bias, below));
    if (!layer.tied()) {
      CAE_RETURN_IF_ERROR(CheckMatrix(absl::StrCat(prefix, ".decoder_weight"), layer.decoder_weight,
                                      below, layer.units()));
    }
    below = layer.units();
  }
  return absl::OkStatus();
}

absl::Status CheckClassifier(const ModelParameters& parameters) {
  const ClassifierParameters& classifier = parameters.classifier;
  const std::size_t labels = parameters.card.class_labels.size();
  if (!classifier.present()) {
    if (!classifier.layers.empty()) {
      return absl::InvalidArgumentError(
          "tensor 'classifier.output.weight' is missing while 'classifier.layers' are there");
    }
    return absl::OkStatus();
  }
  Index below = classifier.layers.empty() ? parameters.code_units() : parameters.input_units();
  for (std::size_t l = 0; l < classifier.layers.size(); ++l) {
    CAE_RETURN_IF_ERROR(
        CheckDense(absl::StrCat("classifier.layers.", l), classifier.layers[l], below));
    below = classifier.layers[l].units();
  }
  CAE_RETURN_IF_ERROR(CheckDense("classifier.output", classifier.output, below));
  if (static_cast<Index>(labels) != classifier.output.units()) {
    return absl::InvalidArgumentError(absl::StrCat("the classifier has ", classifier.output.units(),
                                                   " outputs and the card names ", labels,
                                                   " classes"));
  }
  return absl::OkStatus();
}

/// The chain would stop the process at a rank that its Jacobian cannot have.
absl::Status CheckDefaultRank(const ModelParameters& parameters) {
  const ModelCard& card = parameters.card;
  const Index below = card.default_process == SampleProcess::kTopLayer
                          ? parameters.layers.back().input_units()
                          : parameters.input_units();
  const Index largest = std::min(below, parameters.code_units());
  if (card.default_rank < 0 || card.default_rank > largest) {
    return absl::InvalidArgumentError(absl::StrCat("the card's default rank is ", card.default_rank,
                                                   "; 0 to ", largest, " is allowed"));
  }
  return absl::OkStatus();
}

absl::Status CheckCard(const ModelCard& card, Index input_units) {
  Index product = 1;
  for (const std::int64_t extent : card.input_shape) {
    if (extent < 1 || extent > input_units) {
      return absl::InvalidArgumentError(
          absl::StrCat("the card's input shape has the extent ", extent));
    }
    product *= extent;
    if (product > input_units) break;
  }
  if (card.input_shape.empty() || product != input_units) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the card's input shape does not multiply to the ", input_units, " input units"));
  }
  if (!(card.input_minimum < card.input_maximum)) {
    return absl::InvalidArgumentError(absl::StrCat("the card's input range [", card.input_minimum,
                                                   ", ", card.input_maximum, "] is empty"));
  }
  if (!(card.default_noise_stddev >= 0 && card.default_noise_stddev < 1e6)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the card's default noise is ", card.default_noise_stddev));
  }
  return absl::OkStatus();
}

absl::Status CheckStandardisation(const ModelParameters& parameters) {
  if (parameters.input_offset.size() == 0 && parameters.input_scale.size() == 0) {
    return absl::OkStatus();
  }
  const Index d = parameters.input_units();
  CAE_RETURN_IF_ERROR(CheckVector("input.offset", parameters.input_offset, d));
  CAE_RETURN_IF_ERROR(CheckVector("input.scale", parameters.input_scale, d));
  for (Index i = 0; i < d; ++i) {
    if (parameters.input_scale[i] == 0) {
      return absl::InvalidArgumentError(absl::StrCat("tensor 'input.scale' is zero at ", i));
    }
  }
  if (parameters.layers.front().decoder_activation != Activation::kIdentity) {
    return absl::InvalidArgumentError(
        "standardised inputs need the identity as the decoder activation of layers.0");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Validate(const ModelParameters& parameters) {
  if (parameters.layers.empty()) return absl::InvalidArgumentError("the model has no layers");
  if (parameters.layers.front().input_units() < 1) {
    return absl::InvalidArgumentError("tensor 'layers.0.weight' has no columns");
  }
  const Index d = parameters.input_units();
  CAE_RETURN_IF_ERROR(CheckLayers(parameters.layers));
  CAE_RETURN_IF_ERROR(CheckStandardisation(parameters));
  CAE_RETURN_IF_ERROR(CheckClassifier(parameters));
  CAE_RETURN_IF_ERROR(CheckCard(parameters.card, d));
  CAE_RETURN_IF_ERROR(CheckDefaultRank(parameters));
  if (parameters.start_examples.rows() < 1) {
    return absl::InvalidArgumentError("tensor 'start_examples' has no rows");
  }
  CAE_RETURN_IF_ERROR(CheckMatrix("start_examples", parameters.start_examples,
                                  parameters.start_examples.rows(), d));
  const Index golden_rows = parameters.golden_inputs.rows();
  if (golden_rows == 0 && parameters.golden_codes.rows() == 0) return absl::OkStatus();
  CAE_RETURN_IF_ERROR(CheckMatrix("golden.inputs", parameters.golden_inputs, golden_rows, d));
  return CheckMatrix("golden.codes", parameters.golden_codes, golden_rows, parameters.code_units());
}

}  // namespace cae
