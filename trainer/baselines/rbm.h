// Rbm: a restricted Boltzmann machine of binary units, the baseline that the auto-encoders are
// compared with.
#ifndef CAE_TRAINER_BASELINES_RBM_H_
#define CAE_TRAINER_BASELINES_RBM_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "core/base/thread_pool.h"
#include "core/math/matrix.h"
#include "core/model/model_parameters.h"
#include "trainer/base/state_archive.h"

namespace cae {

/// p(v, h) ∝ exp(hᵀ W v + cᵀ h + bᵀ v) for v ∈ {0, 1}^inputs, h ∈ {0, 1}^units (Smolensky 1986), so
/// p(h = 1 | v) = s(W v + c) and p(v = 1 | h) = s(Wᵀ h + b) with the logistic s, unit by unit. Grey
/// pixels in [0, 1] stand for probabilities. Plain data.
struct Rbm {
  DenseParameters hidden;  ///< W and c, logistic: the means of the hidden units are its outputs
  Vector visible_bias;     ///< b

  Index units() const { return hidden.units(); }
  Index visible_units() const { return hidden.input_units(); }
};

/// The means E[v | h] = s(Wᵀ h + b) of every row h, in pieces of rows.
Matrix VisibleMeans(const Rbm& rbm, ConstMatrixView hidden, ThreadPool& pool);

/// F(v) = −bᵀ v − Σ_j softplus(W_j v + c_j) of every row v, in nats: p(v) ∝ exp(−F(v)).
VectorD FreeEnergies(const Rbm& rbm, ConstMatrixView visible, ThreadPool& pool);

/// The numbers of a machine, for a checkpoint; `name` tells machines apart.
void ExchangeRbm(absl::string_view name, Rbm& rbm, StateArchive& archive);

/// A deep belief network (Hinton, Osindero, Teh 2006) is a stack of them, from the image up: the
/// top one is an undirected model of the hidden units of the one below, those below it are directed
/// downwards. One machine alone is a stack of one.
using RbmStack = std::vector<Rbm>;

}  // namespace cae

#endif  // CAE_TRAINER_BASELINES_RBM_H_
