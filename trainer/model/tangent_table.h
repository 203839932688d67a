// FindTangents: the tangents of an encoder at every training row, for the manifold tangent
// classifier.
#ifndef CAE_TRAINER_MODEL_TANGENT_TABLE_H_
#define CAE_TRAINER_MODEL_TANGENT_TABLE_H_

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/tangent_rows.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// The `rank` leading right singular vectors of the Jacobian of the whole encoder at each of
/// `rows`, by core/tangents; rank is at most the number of units of the narrowest layer. With a
/// model that standardises its inputs, rows and vectors are those of standardised inputs. Tells
/// the observer every few hundred rows how far it is (stage "tangents"), and ends with what it
/// says. A row's tangents depend on the model and the row alone.
absl::StatusOr<TangentRows> FindTangents(const ModelParameters& model, ConstMatrixView rows,
                                         Index rank, ThreadPool& pool, TrainingObserver& observer);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_TANGENT_TABLE_H_
