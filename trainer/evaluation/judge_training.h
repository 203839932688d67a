// TrainJudge and FindOrTrainJudge: where a judge comes from.
#ifndef CAE_TRAINER_EVALUATION_JUDGE_TRAINING_H_
#define CAE_TRAINER_EVALUATION_JUDGE_TRAINING_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/thread_pool.h"
#include "core/model/model_parameters.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/judge.h"
#include "trainer/recipe/recipe.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// trainer/recipes/judge.textproto, as it was when the program was built. Its `data` is replaced by
/// the name of the data set that is judged.
absl::string_view JudgeRecipeText();

/// Another one whenever a judge of the same recipe would come out otherwise.
int JudgeVersion();

/// The share of test images that a judge does not recognise, and of those that it refuses: it
/// defines both thresholds.
inline constexpr double kUnrecognisableTestShare = 0.01;

/// A classifier by the ordinary recipe (layers, then fine-tuning) over the classes of `data` and
/// one more for images that show none of them, kNoneLabel: blanks, noise, halves, averages and
/// patchworks of two (ImageVariant), one for every two training rows; as many softened images keep
/// their classes, because decoders soften, too. Then the temperature is fitted on the rows that the
/// recipe keeps apart and the thresholds are set on the test rows; they go into the card, with what
/// the judge says of variants of test images ("judge.unrecognised.KIND" and "judge.refused.KIND",
/// shares; "two in one" is of a kind that it has never seen). The result is an ordinary model file.
/// INVALID_ARGUMENT where the recipe has no `finetune`, no validation rows or `standardise`, or the
/// data are no grey images in [0, 1] of at most 255 classes.
absl::StatusOr<ModelParameters> TrainJudge(const Recipe& recipe, const DataSet& data,
                                           ThreadPool& pool, TrainingObserver& observer);

/// What FindOrTrainJudge needs where it has to train one.
struct JudgeTraining {
  TrainingObserver& observer;  ///< called on another thread while the caller's waits
  int threads = 1;
  std::function<void(const std::string& path)> on_begin;  ///< the file that is going to be made
};

/// The judge of this recipe and these data, from `folder`/judges/NAME-KEY.safetensors, where KEY
/// stands for the recipe, the digests of the data and the version of this code; trained and put
/// there where there is none, on threads of its own, which flush denormals. Errors of a file that
/// is no judge say to remove it.
absl::StatusOr<std::unique_ptr<Judge>> FindOrTrainJudge(Recipe recipe, const DataSet& data,
                                                        const std::string& folder,
                                                        const JudgeTraining& training);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_JUDGE_TRAINING_H_
