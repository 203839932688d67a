// The CAE criterion and its gradient in double precision, as the formulas stand: what the fast path
// is tested against.
#ifndef CAE_TRAINER_CRITERIA_REFERENCE_CAE_H_
#define CAE_TRAINER_CRITERIA_REFERENCE_CAE_H_

#include "core/math/matrix.h"
#include "core/model/model_parameters.h"

namespace cae {

/// One layer in double precision; also the shape of a gradient.
struct ReferenceCaeLayer {
  MatrixD weight;
  VectorD bias;
  MatrixD decoder_weight;  ///< empty = tied
  VectorD decoder_bias;
  Activation activation = Activation::kLogistic;
  Activation decoder_activation = Activation::kLogistic;

  bool tied() const { return decoder_weight.size() == 0; }
};

ReferenceCaeLayer ToDouble(const LayerParameters& layer);

/// All numbers of a layer one after the other, in the order in which steps register its tensors:
/// weight, bias, decoder's bias, decoder's weight.
VectorD ParametersOf(const ReferenceCaeLayer& layer);
/// The same in the other direction, from number `first` on; returns the number behind.
Index SetParameters(const VectorD& parameters, Index first, ReferenceCaeLayer& layer);

/// Means over the rows; `inputs` is [rows, input units].
struct ReferenceCaeLoss {
  double reconstruction = 0;  ///< cross-entropy Σ softplus(a) − x a for a logistic decoder, else
                              ///< ½ ‖x̂ − x‖²
  double contraction = 0;     ///< ‖J‖²_F with J = diag(s'(a)) W written out
};
ReferenceCaeLoss ReferenceLoss(const ReferenceCaeLayer& layer, const MatrixD& inputs,
                               const MatrixD& targets);
/// With the inputs as targets.
ReferenceCaeLoss ReferenceLoss(const ReferenceCaeLayer& layer, const MatrixD& inputs);

/// ½ ‖x̂ − x‖² or the cross-entropy of one row, from V h + b.
double ReferenceReconstruction(Activation activation, const VectorD& pre_activations,
                               const VectorD& targets);

/// Means over the rows and their neighbours, as CaeLoss has them.
struct ReferenceNeighbourLoss {
  double stability = 0;   ///< ‖J(x) − J(x̃)‖²_F with both written out
  double invariance = 0;  ///< ‖f(x) − f(x̃)‖²
};
/// Row k n + i of `neighbours` belongs to row i of `inputs`, [n, input units].
ReferenceNeighbourLoss ReferenceLossOfNeighbours(const ReferenceCaeLayer& layer,
                                                 const MatrixD& inputs, const MatrixD& neighbours);

/// The gradient of reconstruction + λ contraction by the parameters.
ReferenceCaeLayer ReferenceGradient(const ReferenceCaeLayer& layer, const MatrixD& inputs,
                                    double contraction);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_REFERENCE_CAE_H_
