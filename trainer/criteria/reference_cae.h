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

/// Means over the rows; `inputs` is [rows, input units].
struct ReferenceCaeLoss {
  double reconstruction = 0;  ///< cross-entropy Σ softplus(a) − x a for a logistic decoder, else
                              ///< ½ ‖x̂ − x‖²
  double contraction = 0;     ///< ‖J‖²_F with J = diag(s'(a)) W written out
};
ReferenceCaeLoss ReferenceLoss(const ReferenceCaeLayer& layer, const MatrixD& inputs);

/// The gradient of reconstruction + λ contraction by the parameters.
ReferenceCaeLayer ReferenceGradient(const ReferenceCaeLayer& layer, const MatrixD& inputs,
                                    double contraction);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_REFERENCE_CAE_H_
