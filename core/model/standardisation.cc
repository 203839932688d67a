#include "core/model/standardisation.h"

namespace cae {
namespace {

/// W diag(scale) and c − W (scale ⊙ offset).
void FoldIntoEncoder(const VectorD& offset, const VectorD& scale, DenseParameters& dense) {
  const MatrixD folded = dense.weight.cast<double>() * scale.asDiagonal();
  dense.bias = (dense.bias.cast<double>() - folded * offset).cast<float>();
  dense.weight = folded.cast<float>();
}

}  // namespace

void FoldStandardisation(ModelParameters& parameters) {
  if (parameters.input_offset.size() == 0) return;
  const VectorD offset = parameters.input_offset.cast<double>();
  const VectorD scale = parameters.input_scale.cast<double>();
  LayerParameters& first = parameters.layers.front();
  const MatrixD decoder = first.tied() ? MatrixD(first.encoder.weight.cast<double>().transpose())
                                       : first.decoder_weight.cast<double>();
  first.decoder_weight = (scale.cwiseInverse().asDiagonal() * decoder).cast<float>();
  first.decoder_bias =
      (first.decoder_bias.cast<double>().cwiseQuotient(scale) + offset).cast<float>();
  FoldIntoEncoder(offset, scale, first.encoder);
  if (!parameters.classifier.layers.empty()) {
    FoldIntoEncoder(offset, scale, parameters.classifier.layers.front());
  }
  parameters.input_offset.resize(0);
}

}  // namespace cae
