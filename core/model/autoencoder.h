// Autoencoder: a trained model, ready to compute with.
#ifndef CAE_CORE_MODEL_AUTOENCODER_H_
#define CAE_CORE_MODEL_AUTOENCODER_H_

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/math/matrix.h"
#include "core/math/packed_dense.h"
#include "core/math/workspace.h"
#include "core/model/jacobian_norm.h"
#include "core/model/model_parameters.h"

namespace cae {

/// A stack of layers h_l = s(W_l h_{l-1} + c_l) with its decoder ĥ_{l-1} = s_d(V_l h_l + b_l) and,
/// where the model has one, its classifier. Layers count from 1; h_0 = x is the input; the code is
/// h_L. Everything here is float32 (its products, where asked for, in bfloat16) with weights packed
/// at creation, any number of rows a call, and a row's bits do not depend on the rows beside it
/// (see PackedDense).
///
/// Standardised inputs are folded into layer 1 at creation: W_1 diag(scale) and c_1 − W_1 (scale ⊙
/// offset) encode, diag(scale)⁻¹ V_1 and b_1 ⊘ scale + offset decode. So all that follows,
/// Jacobians too, speaks of the inputs as given.
///
/// Immutable, shared as shared_ptr<const Autoencoder>, thread-safe; each calling thread brings its
/// own Workspace. Shapes are the caller's duty and checked: a wrong one stops the process.
class Autoencoder {
 public:
  /// Validates, folds, packs for products of that precision. INVALID_ARGUMENT as Validate() says;
  /// FAILED_PRECONDITION if the processor has no such products; INTERNAL if oneDNN fails.
  static absl::StatusOr<std::shared_ptr<const Autoencoder>> Create(
      ModelParameters parameters, Precision precision = Precision::kFloat32);

  Precision precision() const { return precision_; }
  const ModelCard& card() const { return parameters_.card; }
  /// As the model file holds them, but standardisation folded: `input_offset` is empty;
  /// `input_scale` only weighs losses; the classifier's own layers are packed and gone.
  const ModelParameters& parameters() const { return parameters_; }

  int layers() const { return static_cast<int>(parameters_.layers.size()); }
  /// Units of layer 0 (the input) to L (the code).
  Index units(int layer) const;
  Index input_units() const { return units(0); }
  Index code_units() const { return units(layers()); }
  bool has_classifier() const { return parameters_.classifier.present(); }
  Index classes() const { return parameters_.classifier.output.units(); }

  /// h_layer of each row: [n, units(0)] → [n, units(layer)], 1 ≤ layer ≤ layers().
  void Encode(ConstMatrixView inputs, int layer, MatrixView codes, Workspace& workspace) const;

  /// x̂ of each row of h_layer: [n, units(layer)] → [n, units(0)].
  void Decode(ConstMatrixView codes, int layer, MatrixView outputs, Workspace& workspace) const;

  /// outputs = g(f(inputs)); losses[i] = the reconstruction loss of row i in nats, summed over
  /// units and computed from the pre-activations a of the output: Σ softplus(a) − x a where the
  /// output is logistic (cross-entropy), else ½ Σ (scale (x − x̂))².
  void Reconstruct(ConstMatrixView inputs, MatrixView outputs, Eigen::Ref<Vector> losses,
                   Workspace& workspace) const;

  /// norms[i] = ‖J‖²_F of row i, J = ∂h_layer/∂x: how much the encoder contracts there. 2
  /// operations a unit for one layer, see JacobianNorm for more.
  void Contractions(ConstMatrixView inputs, int layer, Eigen::Ref<Vector> norms,
                    Workspace& workspace) const;

  // The packed layers, 1 ≤ layer ≤ layers(), for what is built from products of batches. Each gives
  // Output::kActivated; the linear products with W_l and W_lᵀ are what Jacobians are made of.

  /// h_{l−1} ↦ h_l; kLinear is W_l, kPreActivation is there too.
  const PackedDense& encoder(int layer) const;
  /// h_l ↦ ĥ_{l−1}.
  const PackedDense& decoder(int layer) const;
  /// Its kLinear is W_lᵀ: the decoder itself where the weights are tied.
  const PackedDense& pullback(int layer) const;
  /// Its kLinear is G_l = W_l W_lᵀ, or null: there for the layers that chains start from (1 and L)
  /// where it costs less than two products, 2h² < 4hd.
  const PackedDense* gram(int layer) const;

  // The products of Jacobians in float32, whatever the precision of the model: those above where
  // that is float32, else packs of their own.

  const PackedDense& float32_encoder(int layer) const;   ///< kPreActivation and kLinear
  const PackedDense& float32_pullback(int layer) const;  ///< kLinear
  const PackedDense* float32_gram(int layer) const;      ///< kLinear, or null where gram() is null

  /// The classifier's outputs before the softmax, [n, classes()]. Needs has_classifier().
  void Logits(ConstMatrixView inputs, MatrixView logits, Workspace& workspace) const;

 private:
  Autoencoder(ModelParameters parameters, Precision precision)
      : parameters_(std::move(parameters)), precision_(precision) {}
  struct Float32Layer {
    PackedDense encoder, pullback;
    std::optional<PackedDense> gram;
  };

  absl::Status PackLayers();
  absl::Status PackClassifier();
  absl::Status PackFloat32Layers();

  ModelParameters parameters_;
  const Precision precision_;
  std::vector<PackedDense> encoders_;                  ///< [l-1]: h_{l-1} → h_l
  std::vector<PackedDense> decoders_;                  ///< [l-1]: h_l → ĥ_{l-1}
  std::vector<std::optional<PackedDense>> pullbacks_;  ///< [l-1]: W_lᵀ of untied layers
  std::vector<std::optional<PackedDense>> grams_;      ///< [l-1]: G_l where it pays
  std::vector<Float32Layer> float32_layers_;           ///< [l-1]; none where products are float32
  std::vector<PackedDense> tower_;                     ///< the classifier's own layers
  std::optional<PackedDense> logits_;
  std::optional<JacobianNorm> jacobian_norm_;
};

/// Probabilities from logits, row by row, in place: softmax with the largest logit taken out first.
void SoftmaxRows(MatrixView logits);

}  // namespace cae

#endif  // CAE_CORE_MODEL_AUTOENCODER_H_
