#include "core/model/autoencoder.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/math/row_gram.h"
#include "core/model/standardisation.h"

namespace cae {
namespace {

// Rows that go through the whole stack together: as many as the largest tile of a layer, so that
// hidden layers stay in the cache without cutting products.
constexpr Index kRowsPerPass = 256;

/// Sends rows through dense layers one after the other; all but the last write to the workspace.
void ApplyStack(const std::vector<const PackedDense*>& stack, PackedDense::Output last_output,
                ConstMatrixView inputs, MatrixView outputs, Workspace& workspace) {
  CAE_CHECK(inputs.rows() == outputs.rows() && inputs.cols() == stack.front()->inputs() &&
                outputs.cols() == stack.back()->outputs(),
            absl::StrCat("shapes [", inputs.rows(), ", ", inputs.cols(), "] and [", outputs.rows(),
                         ", ", outputs.cols(), "] do not fit the layers"));
  Index widest = 0;
  for (const PackedDense* dense : stack) widest = std::max(widest, dense->outputs());
  const Index rows_at_once = std::min(kRowsPerPass, inputs.rows());
  const std::array<float*, 2> scratch = {workspace.ping.Floats(rows_at_once * widest),
                                         workspace.pong.Floats(rows_at_once * widest)};
  for (Index first = 0; first < inputs.rows(); first += kRowsPerPass) {
    const Index rows = std::min(kRowsPerPass, inputs.rows() - first);
    const float* below = inputs.data() + first * inputs.cols();
    for (std::size_t l = 0; l < stack.size(); ++l) {
      const PackedDense& dense = *stack[l];
      const bool last = l + 1 == stack.size();
      float* above = last ? outputs.data() + first * outputs.cols() : scratch[l % 2];
      dense.Apply({below, rows, dense.inputs()},
                  last ? last_output : PackedDense::Output::kActivated,
                  {above, rows, dense.outputs()}, workspace);
      below = above;
    }
  }
}

/// softplus(a) − x a = −x log s(a) − (1 − x) log(1 − s(a)), in the form that neither overflows nor
/// cancels.
double CrossEntropy(double x, double a) {
  return std::max(a, 0.0) - x * a + std::log1p(std::exp(-std::abs(a)));
}

using Layout = PackedDense::Layout;
using Output = PackedDense::Output;

absl::StatusOr<PackedDense> PackEncoder(const DenseParameters& dense, Precision precision,
                                        std::vector<Output> outputs) {
  return PackedDense::Pack(dense.weight, Layout::kOutputsByInputs, dense.bias, dense.activation,
                           {std::move(outputs), precision});
}

absl::StatusOr<PackedDense> PackDecoder(const LayerParameters& layer, Precision precision,
                                        bool is_first) {
  PackedDense::Options options = {{Output::kActivated}, precision};
  if (is_first) options.outputs.push_back(Output::kPreActivation);  // for losses
  if (!layer.tied()) {
    return PackedDense::Pack(layer.decoder_weight, Layout::kOutputsByInputs, layer.decoder_bias,
                             layer.decoder_activation, options);
  }
  options.outputs.push_back(Output::kLinear);
  return PackedDense::Pack(layer.encoder.weight, Layout::kInputsByOutputs, layer.decoder_bias,
                           layer.decoder_activation, options);
}

absl::StatusOr<PackedDense> PackPullback(const LayerParameters& layer, Precision precision) {
  return PackedDense::Pack(layer.encoder.weight, Layout::kInputsByOutputs, Vector(),
                           Activation::kIdentity, {{Output::kLinear}, precision});
}

absl::StatusOr<std::optional<PackedDense>> PackGram(const LayerParameters& layer,
                                                    Precision precision) {
  // One product of 2h² operations against two of 2hd.
  if (layer.units() >= 2 * layer.input_units()) return std::nullopt;
  return PackedDense::Pack(RowGram(layer.encoder.weight), Layout::kOutputsByInputs, Vector(),
                           Activation::kIdentity, {{Output::kLinear}, precision});
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Autoencoder>> Autoencoder::Create(ModelParameters parameters,
                                                                       Precision precision) {
  CAE_RETURN_IF_ERROR(Validate(parameters));
  FoldStandardisation(parameters);
  std::shared_ptr<Autoencoder> autoencoder(new Autoencoder(std::move(parameters), precision));
  CAE_RETURN_IF_ERROR(autoencoder->PackLayers());
  CAE_RETURN_IF_ERROR(autoencoder->PackClassifier());
  if (precision != Precision::kFloat32) {
    CAE_RETURN_IF_ERROR(autoencoder->PackFloat32Layers());
  }
  return autoencoder;
}

absl::Status Autoencoder::PackLayers() {
  for (int l = 1; l <= layers(); ++l) {
    const LayerParameters& layer = parameters_.layers[l - 1];
    CAE_ASSIGN_OR_RETURN(
        PackedDense encoder,
        PackEncoder(layer.encoder, precision_,
                    {Output::kActivated, Output::kPreActivation, Output::kLinear}));
    encoders_.push_back(std::move(encoder));
    CAE_ASSIGN_OR_RETURN(PackedDense decoder, PackDecoder(layer, precision_, l == 1));
    decoders_.push_back(std::move(decoder));
    std::optional<PackedDense> pullback;
    if (!layer.tied()) {
      CAE_ASSIGN_OR_RETURN(pullback, PackPullback(layer, precision_));
    }
    pullbacks_.push_back(std::move(pullback));
    std::optional<PackedDense> gram;
    if (l == 1 || l == layers()) {
      CAE_ASSIGN_OR_RETURN(gram, PackGram(layer, precision_));
    }
    grams_.push_back(std::move(gram));
  }
  std::vector<const PackedDense*> pullbacks;
  for (int l = 1; l < layers(); ++l) pullbacks.push_back(&pullback(l));
  jacobian_norm_.emplace(parameters_.layers, std::move(pullbacks));
  return absl::OkStatus();
}

absl::Status Autoencoder::PackFloat32Layers() {
  constexpr Precision kPrecision = Precision::kFloat32;
  for (int l = 1; l <= layers(); ++l) {
    const LayerParameters& layer = parameters_.layers[l - 1];
    CAE_ASSIGN_OR_RETURN(
        PackedDense encoder,
        PackEncoder(layer.encoder, kPrecision, {Output::kPreActivation, Output::kLinear}));
    CAE_ASSIGN_OR_RETURN(PackedDense pullback, PackPullback(layer, kPrecision));
    std::optional<PackedDense> gram;
    if (grams_[l - 1]) {
      CAE_ASSIGN_OR_RETURN(gram, PackGram(layer, kPrecision));
    }
    float32_layers_.push_back({std::move(encoder), std::move(pullback), std::move(gram)});
  }
  return absl::OkStatus();
}

absl::Status Autoencoder::PackClassifier() {
  if (!has_classifier()) return absl::OkStatus();
  for (const DenseParameters& dense : parameters_.classifier.layers) {
    CAE_ASSIGN_OR_RETURN(PackedDense packed, PackEncoder(dense, precision_, {Output::kActivated}));
    tower_.push_back(std::move(packed));
  }
  CAE_ASSIGN_OR_RETURN(
      logits_, PackEncoder(parameters_.classifier.output, precision_, {Output::kPreActivation}));
  // Nothing reads them but their packed forms; Jacobians read the encoder's in double.
  parameters_.classifier.layers.clear();
  return absl::OkStatus();
}

Index Autoencoder::units(int layer) const {
  CAE_CHECK(layer >= 0 && layer <= layers(), absl::StrCat("layer ", layer, " of ", layers()));
  return layer == 0 ? parameters_.input_units() : parameters_.layers[layer - 1].units();
}

const PackedDense& Autoencoder::encoder(int layer) const { return encoders_.at(layer - 1); }
const PackedDense& Autoencoder::decoder(int layer) const { return decoders_.at(layer - 1); }
const PackedDense& Autoencoder::pullback(int layer) const {
  const std::optional<PackedDense>& own = pullbacks_.at(layer - 1);
  return own ? *own : decoders_[layer - 1];
}
const PackedDense* Autoencoder::gram(int layer) const {
  const std::optional<PackedDense>& gram = grams_.at(layer - 1);
  return gram ? &*gram : nullptr;
}

const PackedDense& Autoencoder::float32_encoder(int layer) const {
  return float32_layers_.empty() ? encoder(layer) : float32_layers_.at(layer - 1).encoder;
}
const PackedDense& Autoencoder::float32_pullback(int layer) const {
  return float32_layers_.empty() ? pullback(layer) : float32_layers_.at(layer - 1).pullback;
}
const PackedDense* Autoencoder::float32_gram(int layer) const {
  if (float32_layers_.empty()) return gram(layer);
  const std::optional<PackedDense>& gram = float32_layers_.at(layer - 1).gram;
  return gram ? &*gram : nullptr;
}

void Autoencoder::Encode(ConstMatrixView inputs, int layer, MatrixView codes,
                         Workspace& workspace) const {
  CAE_CHECK(layer >= 1 && layer <= layers(), absl::StrCat("layer ", layer, " of ", layers()));
  std::vector<const PackedDense*> stack;
  for (int l = 1; l <= layer; ++l) stack.push_back(&encoders_[l - 1]);
  ApplyStack(stack, PackedDense::Output::kActivated, inputs, codes, workspace);
}

void Autoencoder::Decode(ConstMatrixView codes, int layer, MatrixView outputs,
                         Workspace& workspace) const {
  CAE_CHECK(layer >= 1 && layer <= layers(), absl::StrCat("layer ", layer, " of ", layers()));
  std::vector<const PackedDense*> stack;
  for (int l = layer; l >= 1; --l) stack.push_back(&decoders_[l - 1]);
  ApplyStack(stack, PackedDense::Output::kActivated, codes, outputs, workspace);
}

void Autoencoder::Reconstruct(ConstMatrixView inputs, MatrixView outputs, Eigen::Ref<Vector> losses,
                              Workspace& workspace) const {
  CAE_CHECK(losses.size() == inputs.rows(), "losses and inputs differ in rows");
  std::vector<const PackedDense*> stack;
  for (const PackedDense& encoder : encoders_) stack.push_back(&encoder);
  for (int l = layers(); l >= 1; --l) stack.push_back(&decoders_[l - 1]);
  ApplyStack(stack, PackedDense::Output::kPreActivation, inputs, outputs, workspace);
  const Activation activation = parameters_.layers.front().decoder_activation;
  const Vector& scale = parameters_.input_scale;
  for (Index row = 0; row < inputs.rows(); ++row) {
    double loss = 0;
    for (Index i = 0; i < inputs.cols(); ++i) {
      const float a = outputs(row, i);
      const float x = inputs(row, i);
      outputs(row, i) = Activate(activation, a);
      if (activation == Activation::kLogistic) {
        loss += CrossEntropy(x, a);
      } else {
        const double error = (scale.size() > 0 ? scale[i] : 1.0f) * (double{x} - outputs(row, i));
        loss += 0.5 * error * error;
      }
    }
    losses[row] = static_cast<float>(loss);
  }
}

void Autoencoder::Contractions(ConstMatrixView inputs, int layer, Eigen::Ref<Vector> norms,
                               Workspace& workspace) const {
  CAE_CHECK(layer >= 1 && layer <= layers(), absl::StrCat("layer ", layer, " of ", layers()));
  CAE_CHECK(norms.size() == inputs.rows(), "norms and inputs differ in rows");
  std::vector<VectorD> derivatives(layer);
  for (Index row = 0; row < inputs.rows(); ++row) {
    Matrix state = inputs.row(row);
    for (int l = 0; l < layer; ++l) {
      Matrix above(1, units(l + 1));
      encoders_[l].Apply(state, PackedDense::Output::kPreActivation, above, workspace);
      const Activation activation = parameters_.layers[l].encoder.activation;
      derivatives[l] = above.transpose().cast<double>().unaryExpr(
          [activation](double a) { return ActivationDerivativeAt(activation, a); });
      state = above.unaryExpr([activation](float a) { return Activate(activation, a); });
    }
    norms[row] = static_cast<float>(jacobian_norm_->Squared(derivatives, workspace));
  }
}

void Autoencoder::Logits(ConstMatrixView inputs, MatrixView logits, Workspace& workspace) const {
  CAE_CHECK(has_classifier(), "the model has no classifier");
  std::vector<const PackedDense*> stack;
  for (const PackedDense& dense : tower_.empty() ? encoders_ : tower_) stack.push_back(&dense);
  stack.push_back(&*logits_);
  ApplyStack(stack, PackedDense::Output::kPreActivation, inputs, logits, workspace);
}

void SoftmaxRows(MatrixView logits) {
  // Scalar on purpose: Eigen would vectorise from the first aligned element, so that a row's bits
  // followed from its address.
  const Index classes = logits.cols();
  for (Index row = 0; row < logits.rows(); ++row) {
    float* const values = logits.row(row).data();
    const float largest = *std::max_element(values, values + classes);
    double sum = 0;
    for (Index i = 0; i < classes; ++i) sum += values[i] = std::exp(values[i] - largest);
    for (Index i = 0; i < classes; ++i) values[i] = static_cast<float>(values[i] / sum);
  }
}

}  // namespace cae
