// Greedy training of CAE layers: each on the codes of the layers below.
#ifndef CAE_TRAINER_TRAINING_LAYER_TRAINING_H_
#define CAE_TRAINER_TRAINING_LAYER_TRAINING_H_

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/criteria/neighbour_rows.h"
#include "trainer/criteria/training_noise.h"
#include "trainer/optimiser/optimiser_options.h"
#include "trainer/training/epochs.h"

namespace cae {

/// The form of one layer and the criterion it is trained by.
struct LayerPlan {
  Index units = 1000;
  Activation activation = Activation::kLogistic;
  Activation decoder_activation = Activation::kLogistic;
  bool tied = true;
  double contraction = 1;       ///< λ ≥ 0
  NeighbourPenalty stability;   ///< γ
  NeighbourPenalty invariance;  ///< μ; not of the first layer
  Corruption corruption;        ///< of what the encoder reads
  OptimiserOptions optimiser;
};

/// A layer to start from. Weights are uniform within ±4 √(6 / (inputs + units)) for logistic units
/// and ±√(6 / (inputs + units)) for others (Glorot and Bengio, AISTATS 2010), an untied decoder
/// starts as the transpose, and the decoder's bias alone gives the mean of the data.
LayerParameters InitialLayer(const LayerPlan& plan, const Vector& mean_of_data, std::uint64_t seed,
                             int layer);

/// Trains a layer on the rows of `training`; `epochs.rows` is theirs, `epochs.stage_number` is the
/// layer, from 0. `below` is the layer whose codes the rows are; nullptr for the first. Reports the
/// metrics "reconstruction", "contraction", those of "stability" and "invariance" that the plan
/// has, and "loss", their weighted sum. Without rows in `validation` there are no validation
/// metrics. Errors as RunEpochs.
absl::StatusOr<LayerParameters> TrainLayer(const LayerPlan& plan, const EpochPlan& epochs,
                                           ConstMatrixView training, ConstMatrixView validation,
                                           ThreadPool& pool, const RunServices& services,
                                           const DenseParameters* below = nullptr);

/// The numbers of a layer, for a checkpoint; `name` tells layers apart.
void ExchangeLayer(absl::string_view name, LayerParameters& layer, StateArchive& archive);

/// h = s(W x + c) of every row, in pieces of rows.
Matrix EncodeRows(const DenseParameters& encoder, ConstMatrixView rows, ThreadPool& pool);

}  // namespace cae

#endif  // CAE_TRAINER_TRAINING_LAYER_TRAINING_H_
