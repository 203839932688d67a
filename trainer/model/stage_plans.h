// What a recipe says to each stage of training.
#ifndef CAE_TRAINER_MODEL_STAGE_PLANS_H_
#define CAE_TRAINER_MODEL_STAGE_PLANS_H_

#include "core/io/storage_type.h"
#include "core/model/model_card.h"
#include "trainer/recipe/recipe.h"
#include "trainer/training/classifier_training.h"
#include "trainer/training/epochs.h"
#include "trainer/training/layer_training.h"
#include "trainer/training/stack_training.h"

namespace cae {

/// What all stages have in common: optimiser; rows, schedule and seed, but no name and no length.
OptimiserOptions OptimiserOf(const Recipe& recipe);
EpochPlan EpochsOf(const Recipe& recipe, int stage_number, Index rows);

/// Layer `l`, from 0.
LayerPlan LayerPlanOf(const Recipe& recipe, int l);
EpochPlan LayerEpochsOf(const Recipe& recipe, int l, Index rows);

/// The recipe must have `joint`. Its stage comes after the layers.
StackPlan StackPlanOf(const Recipe& recipe);
EpochPlan JointEpochsOf(const Recipe& recipe, Index rows);

/// The recipe must have `finetune`. Its stage comes after `layers` layers. `tangents` of the
/// training rows where the recipe has a penalty on them, else nullptr.
ClassifierPlan ClassifierPlanOf(const Recipe& recipe, Index classes,
                                const TangentRows* tangents = nullptr);
EpochPlan ClassifierEpochsOf(const Recipe& recipe, int layers, Index rows);

StorageType StorageOf(const Recipe& recipe);
SampleProcess ProcessOf(const Recipe& recipe);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_STAGE_PLANS_H_
