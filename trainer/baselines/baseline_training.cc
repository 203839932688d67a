#include "trainer/baselines/baseline_training.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/baselines/rbm_training.h"
#include "trainer/model/input_range.h"
#include "trainer/model/stage_plans.h"
#include "trainer/training/last_epochs.h"
#include "trainer/training/layer_training.h"

namespace cae {
namespace {

RbmPlan RbmPlanOf(const Recipe& recipe, int l) {
  const recipe::v1::Rbm& rbm = recipe.rbms(l);
  RbmPlan plan;
  plan.units = rbm.units();
  plan.optimiser = OptimiserOf(recipe);
  plan.step.persistent = rbm.persistent();
  plan.step.gibbs_steps = static_cast<int>(rbm.gibbs_steps());
  plan.step.chains = rbm.chains();
  plan.step.centred = rbm.centred();
  plan.step.binary_inputs = rbm.binary_inputs();
  plan.step.weight_decay = rbm.weight_decay();
  plan.step.sparsity_cost = rbm.sparsity_cost();
  plan.step.sparsity_target = rbm.sparsity_target();
  return plan;
}

EpochPlan RbmEpochsOf(const Recipe& recipe, int l, Index rows) {
  EpochPlan plan = EpochsOf(recipe, l, rows);
  plan.stage = absl::StrCat("rbm ", l + 1);
  plan.layer = l + 1;
  plan.batch_size = recipe.batch_size();
  plan.epochs = static_cast<int>(recipe.rbms(l).epochs());
  plan.learning_rate = recipe.rbms(l).learning_rate();
  plan.remedies = {absl::StrCat("/rbms/", l, "/learning_rate")};
  return plan;
}

// Puts the machines that a checkpoint has finished, and the notes, into the baseline; from here on
// checkpoints hold those of `baseline`.
absl::Status RestoreFinished(const Recipe& recipe, const DataSplit& split, const ModelRun& run,
                             Baseline& baseline) {
  if (run.checkpoints == nullptr) return absl::OkStatus();
  Index inputs = split.training.rows.cols();
  const int finished = std::min(run.checkpoints->stage(), recipe.rbms_size() - 1);
  for (int l = 0; l < finished; ++l) {
    // Of the right shape; every number is replaced.
    baseline.machines.push_back(
        InitialRbm(recipe.rbms(l).units(), Vector::Constant(inputs, 0.5f), recipe.seed(), l));
    inputs = baseline.machines.back().units();
  }
  CAE_RETURN_IF_ERROR(run.checkpoints->AddRunState([&baseline](StateArchive& archive) {
    archive.Texts("notes", baseline.training);
    for (std::size_t l = 0; l < baseline.machines.size(); ++l) {
      ExchangeRbm(absl::StrCat("rbm.", l), baseline.machines[l], archive);
    }
  }));
  baseline.training["recipe"] = SerializeRecipe(recipe);
  NoteChanges(*run.checkpoints, "", baseline.training);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Baseline> TrainBaseline(const Recipe& recipe, const DataSet& data,
                                       const DataSplit& split, const ModelRun& run) {
  CAE_RETURN_IF_ERROR(CheckRange(data, split, {0, 1}, "/rbms/0: its units take numbers in [0, 1]"));
  Baseline baseline;
  baseline.input_shape = data.input_shape;
  baseline.training["recipe"] = SerializeRecipe(recipe);
  baseline.training["seed"] = absl::StrCat(recipe.seed());
  baseline.training["data"] = data.name;
  baseline.training["rows"] = absl::StrCat(split.training.rows.rows());
  for (const auto& [file, digest] : data.digests) baseline.training["data." + file] = digest;
  LastEpochs last_epochs(baseline.training);
  ObserverList observers;
  observers.Add(&last_epochs);
  observers.Add(&run.observer);
  CAE_RETURN_IF_ERROR(RestoreFinished(recipe, split, run, baseline));
  const auto finished = static_cast<int>(baseline.machines.size());
  Matrix means, validation_means;  // of the hidden units below
  for (int l = 0; l < recipe.rbms_size(); ++l) {
    const ConstMatrixView training = l == 0 ? split.training.rows : ConstMatrixView(means);
    const ConstMatrixView validation =
        l == 0 ? split.validation.rows : ConstMatrixView(validation_means);
    if (l >= finished) {
      CAE_ASSIGN_OR_RETURN(
          Rbm rbm, TrainRbm(RbmPlanOf(recipe, l), RbmEpochsOf(recipe, l, training.rows()), training,
                            validation, run.pool, {observers, run.checkpoints}));
      baseline.machines.push_back(std::move(rbm));
    }
    if (l + 1 < recipe.rbms_size()) {
      Matrix above = EncodeRows(baseline.machines[l].hidden, training, run.pool);
      validation_means = EncodeRows(baseline.machines[l].hidden, validation, run.pool);
      means = std::move(above);
    }
  }
  return baseline;
}

}  // namespace cae
