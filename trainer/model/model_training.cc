#include "trainer/model/model_training.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "core/model/autoencoder.h"
#include "trainer/base/random_stream.h"
#include "trainer/model/held_out_rows.h"
#include "trainer/model/input_range.h"
#include "trainer/model/input_scaling.h"
#include "trainer/model/stage_plans.h"
#include "trainer/model/tangent_table.h"
#include "trainer/training/classifier_training.h"
#include "trainer/training/last_epochs.h"
#include "trainer/training/layer_training.h"
#include "trainer/training/stack_training.h"

namespace cae {
namespace {

constexpr Index kGoldenRows = 4;

// What a stage is given: notes are taken first, then the run's own observer sees each report.
class StageWatch {
 public:
  StageWatch(std::map<std::string, std::string>& notes, const ModelRun& run)
      : last_epochs_(notes), services_{observers_, run.checkpoints} {
    observers_.Add(&last_epochs_);
    observers_.Add(&run.observer);
  }

  const RunServices& services() const { return services_; }

 private:
  LastEpochs last_epochs_;
  ObserverList observers_;
  const RunServices services_;
};

// Puts the layers that a checkpoint has finished, and the notes on them, into the model; from here
// on checkpoints hold those of `model`.
absl::Status RestoreFinishedLayers(const Recipe& recipe, const DataSplit& split,
                                   const ModelRun& run, ModelParameters& model) {
  if (run.checkpoints == nullptr) return absl::OkStatus();
  Index inputs = split.training.rows.cols();
  const int finished =
      model.layers.empty() ? std::min(run.checkpoints->stage(), recipe.layers_size()) : 0;
  for (int l = 0; l < finished; ++l) {
    // Of the right shape; every number is replaced.
    model.layers.push_back(
        InitialLayer(LayerPlanOf(recipe, l), Vector::Constant(inputs, 0.5f), recipe.seed(), l));
    inputs = model.layers.back().units();
  }
  CAE_RETURN_IF_ERROR(run.checkpoints->AddRunState([&model](StateArchive& archive) {
    archive.Texts("notes", model.card.training);
    for (std::size_t l = 0; l < model.layers.size(); ++l) {
      ExchangeLayer(absl::StrCat("layer.", l), model.layers[l], archive);
    }
  }));
  model.card.training["recipe"] = SerializeRecipe(recipe);
  NoteChanges(*run.checkpoints, "", model.card.training);
  return absl::OkStatus();
}

// Rows of the classes in turn, so that even a few are a mix; random within a class, and where there
// are no labels.
Matrix ChooseStartExamples(const LabelledRows& data, Index count, std::uint64_t seed) {
  const Index rows = data.rows.rows();
  std::map<std::uint8_t, std::vector<Index>> rows_of_class;
  for (const Index row : RandomStream(seed, RandomUse::kStartExamples, 0).Permutation(rows)) {
    rows_of_class[data.labels.empty() ? 0 : data.labels[row]].push_back(row);
  }
  count = std::min(count, rows);
  std::vector<Index> picked;
  for (std::size_t turn = 0; static_cast<Index>(picked.size()) < count; ++turn) {
    for (const auto& [label, rows_of_it] : rows_of_class) {
      if (turn < rows_of_it.size()) picked.push_back(rows_of_it[turn]);
    }
  }
  picked.resize(count);
  return data.rows(picked, Eigen::all);
}

ModelCard MakeCard(const Recipe& recipe, const DataSet& data, const DataSplit& split) {
  ModelCard card;
  card.input_shape = data.input_shape;
  const InputRange range = InputRangeOf(recipe, split.training.rows);
  card.input_minimum = range.minimum;
  card.input_maximum = range.maximum;
  card.default_noise_stddev = recipe.card().default_noise_stddev();
  card.default_process = ProcessOf(recipe);
  card.default_rank = recipe.card().default_rank();
  card.training["recipe"] = SerializeRecipe(recipe);
  card.training["seed"] = absl::StrCat(recipe.seed());
  card.training["data"] = data.name;
  card.training["rows"] = absl::StrCat(split.training.rows.rows());
  for (const auto& [file, digest] : data.digests) card.training["data." + file] = digest;
  return card;
}

// The rows of a split as the layers of a model see them: standardised, or as they are.
class ScaledRows {
 public:
  // Refers to the split.
  ScaledRows(const ModelParameters& model, const DataSplit& split, ThreadPool& pool)
      : split_(split), scaling_{model.input_offset, model.input_scale} {
    if (!scaling_.any()) return;
    training_ = Scaled(scaling_, split.training.rows, pool);
    validation_ = Scaled(scaling_, split.validation.rows, pool);
  }

  ConstMatrixView training() const {
    return scaling_.any() ? ConstMatrixView(training_) : split_.training.rows;
  }
  ConstMatrixView validation() const {
    return scaling_.any() ? ConstMatrixView(validation_) : split_.validation.rows;
  }

 private:
  const DataSplit& split_;
  const InputScaling scaling_;
  Matrix training_, validation_;
};

// Trains the layers that are not there yet, each on the codes of those below.
absl::Status TrainLayers(const Recipe& recipe, const ScaledRows& rows, const ModelRun& run,
                         const RunServices& services, std::vector<LayerParameters>& layers) {
  const auto finished = static_cast<int>(layers.size());
  Matrix codes, validation_codes;  // of the layers below
  for (int l = 0; l < recipe.layers_size(); ++l) {
    const ConstMatrixView training = l == 0 ? rows.training() : ConstMatrixView(codes);
    const ConstMatrixView validation =
        l == 0 ? rows.validation() : ConstMatrixView(validation_codes);
    if (l >= finished) {
      CAE_ASSIGN_OR_RETURN(
          LayerParameters layer,
          TrainLayer(LayerPlanOf(recipe, l), LayerEpochsOf(recipe, l, training.rows()), training,
                     validation, run.pool, services, l == 0 ? nullptr : &layers[l - 1].encoder));
      layers.push_back(std::move(layer));
    }
    if (finished >= recipe.layers_size() || l + 1 == recipe.layers_size()) continue;
    Matrix above = EncodeRows(layers[l].encoder, training, run.pool);
    validation_codes = EncodeRows(layers[l].encoder, validation, run.pool);
    codes = std::move(above);
  }
  return absl::OkStatus();
}

// Cross-entropy wants targets in [0, 1].
absl::Status CheckTargets(const Recipe& recipe, const DataSet& data, const DataSplit& split) {
  if (recipe.layers(0).decoder_activation() != recipe::v1::ACTIVATION_LOGISTIC) {
    return absl::OkStatus();
  }
  return CheckRange(data, split, {0, 1},
                    "/layers/0/decoder_activation is \"logistic\", which takes numbers in [0, 1]; "
                    "\"identity\" takes all, best with /standardise");
}

// A model file holds some of the rows as it holds weights.
absl::Status CheckStorage(const Recipe& recipe, const DataSet& data, const DataSplit& split) {
  if (StorageOf(recipe) != StorageType::kFloat16) return absl::OkStatus();
  constexpr double kLargest = 65504;
  return CheckRange(data, split, {-kLargest, kLargest},
                    "/storage is \"F16\", which holds no larger ones than 65504; take \"F32\" or "
                    "\"BF16\"");
}

// As it is going to be in its file.
absl::StatusOr<ModelParameters> Rounded(ModelParameters model, const Recipe& recipe) {
  absl::StatusOr<ModelParameters> rounded = RoundToStorage(std::move(model), StorageOf(recipe));
  if (!absl::IsOutOfRange(rounded.status())) return rounded;
  // Training again cannot help: not the error of a run that diverged.
  return absl::InvalidArgumentError(absl::StrCat("/storage: ", rounded.status().message()));
}

// What must hold of the card, before a model has been trained for it.
absl::Status CheckCard(const Recipe& recipe, const std::string& data, Index inputs) {
  if (recipe.card().default_rank() <= inputs) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("/card/default_rank: is ", recipe.card().default_rank(), ", but rows of ", data,
                   " have ", inputs, " inputs, and no rank is larger"));
}

// A model to train on, against recipe and data.
absl::Status CheckStart(const Recipe& recipe, const DataSet& data, const ModelParameters& start) {
  if (!recipe.has_joint()) {
    return absl::InvalidArgumentError("/joint: is missing; it says how to train on from a model");
  }
  if (static_cast<int>(start.layers.size()) != recipe.layers_size()) {
    return absl::InvalidArgumentError(absl::StrCat("/layers: are ", recipe.layers_size(),
                                                   ", the model has ", start.layers.size()));
  }
  const Index kept = HeldOutRows(start.card.training);
  if (kept < Index{recipe.validation_rows()}) {
    return absl::InvalidArgumentError(absl::StrCat(
        "/validation_rows: is ", recipe.validation_rows(), ", but the model has kept only ", kept,
        " rows apart by the recipe in its card, so it knows some of them"));
  }
  if (start.input_units() != data.training.rows.cols()) {
    return absl::InvalidArgumentError(absl::StrCat("the model takes ", start.input_units(),
                                                   " inputs, rows of ", data.name, " have ",
                                                   data.training.rows.cols()));
  }
  if ((start.input_offset.size() > 0) != recipe.has_standardise()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "/standardise: is ", recipe.has_standardise() ? "there" : "missing", ", but the model ",
        recipe.has_standardise() ? "takes" : "does not take", " inputs as they are"));
  }
  return absl::OkStatus();
}

// The codes of the golden rows, from the weights as they are stored.
absl::Status ComputeGoldenCodes(ModelParameters& model) {
  // A model whose golden rows have no codes yet would not be valid.
  ModelParameters without = model;
  without.golden_inputs.resize(0, 0);
  without.golden_codes.resize(0, 0);
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<const Autoencoder> autoencoder,
                       Autoencoder::Create(std::move(without)));
  Workspace workspace;
  model.golden_codes.resize(model.golden_inputs.rows(), model.code_units());
  autoencoder->Encode(model.golden_inputs, autoencoder->layers(), model.golden_codes, workspace);
  return absl::OkStatus();
}

// Two bytes an element are held in memory.
absl::Status CheckTangentTable(const Recipe& recipe, ConstMatrixView rows) {
  constexpr double kMostGigabytes = 8;
  const double rank = recipe.finetune().tangents().rank();
  const double gigabytes = 2e-9 * static_cast<double>(rows.size()) * rank;
  if (gigabytes <= kMostGigabytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrFormat(
      "/finetune/tangents/rank: is %.0f; tangents of %d rows of %d inputs would take %.0f GB, and "
      "at most %.0f are taken",
      rank, rows.rows(), rows.cols(), gigabytes, kMostGigabytes));
}

// Takes out what a card says of an earlier classifier, which another one is to replace.
void ForgetClassifier(std::map<std::string, std::string>& notes) {
  for (auto note = notes.begin(); note != notes.end();) {
    const bool of_classifier =
        absl::StartsWith(note->first, "finetune_") || absl::StartsWith(note->first, "classifier.");
    note = of_classifier ? notes.erase(note) : std::next(note);
  }
}

// The share of wrong rows by the model that a server would compute with.
double ErrorOf(const Autoencoder& model, const LabelledRows& data) {
  Workspace workspace;
  Matrix logits(data.rows.rows(), model.classes());
  model.Logits(data.rows, logits, workspace);
  Index wrong = 0;
  for (Index i = 0; i < logits.rows(); ++i) {
    Index best = 0;
    logits.row(i).maxCoeff(&best);
    if (best != data.labels[i]) ++wrong;
  }
  return static_cast<double>(wrong) / static_cast<double>(logits.rows());
}

}  // namespace

absl::StatusOr<ModelParameters> TrainModel(const Recipe& recipe, const DataSet& data,
                                           const DataSplit& split, const ModelRun& run,
                                           const ModelFile* start) {
  ModelParameters model;
  model.card = MakeCard(recipe, data, split);
  if (start != nullptr) {
    CAE_RETURN_IF_ERROR(CheckStart(recipe, data, start->parameters));
    model.layers = start->parameters.layers;
    model.input_offset = start->parameters.input_offset;
    model.input_scale = start->parameters.input_scale;
    model.card.training["start_model"] = start->digest;
  } else if (recipe.has_standardise()) {
    const InputScaling scaling =
        MeasureScaling(split.training.rows, recipe.standardise().minimum_stddev());
    model.input_offset = scaling.offset;
    model.input_scale = scaling.scale;
  }
  CAE_RETURN_IF_ERROR(CheckCard(recipe, data.name, split.training.rows.cols()));
  CAE_RETURN_IF_ERROR(CheckTargets(recipe, data, split));
  CAE_RETURN_IF_ERROR(CheckStorage(recipe, data, split));
  const ScaledRows rows(model, split, run.pool);
  StageWatch watch(model.card.training, run);
  CAE_RETURN_IF_ERROR(RestoreFinishedLayers(recipe, split, run, model));
  CAE_RETURN_IF_ERROR(TrainLayers(recipe, rows, run, watch.services(), model.layers));
  if (recipe.has_joint()) {
    CAE_ASSIGN_OR_RETURN(
        model.layers,
        TrainStack(model.layers, StackPlanOf(recipe), JointEpochsOf(recipe, rows.training().rows()),
                   rows.training(), rows.validation(), run.pool, watch.services()));
  }
  model.start_examples =
      ChooseStartExamples(split.training, recipe.card().start_examples(), recipe.seed());
  model.golden_inputs =
      split.training.rows.topRows(std::min(kGoldenRows, split.training.rows.rows()));
  CAE_ASSIGN_OR_RETURN(model, Rounded(std::move(model), recipe));
  CAE_RETURN_IF_ERROR(ComputeGoldenCodes(model));
  return model;
}

absl::StatusOr<ClassifierScores> FinetuneModel(const Recipe& recipe, const DataSet& data,
                                               const DataSplit& split, const ModelRun& run,
                                               ModelParameters& model) {
  if (!recipe.has_finetune()) {
    return absl::InvalidArgumentError("/finetune: is missing; it says how to fine-tune");
  }
  if (model.input_units() != split.training.rows.cols()) {
    return absl::InvalidArgumentError(absl::StrCat("the model takes ", model.input_units(),
                                                   " inputs, rows of ", data.name, " have ",
                                                   split.training.rows.cols()));
  }
  CAE_RETURN_IF_ERROR(CheckLabels(data.name, split.training, "fine-tuning"));
  CAE_RETURN_IF_ERROR(CheckStorage(recipe, data, split));
  if (recipe.finetune().has_tangents() &&
      recipe.finetune().tangents().rank() > split.training.rows.cols()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "/finetune/tangents/rank: is ", recipe.finetune().tangents().rank(), ", but rows of ",
        data.name, " have ", split.training.rows.cols(), " inputs, and no rank is larger"));
  }
  if (recipe.finetune().has_tangents()) {
    CAE_RETURN_IF_ERROR(CheckTangentTable(recipe, split.training.rows));
  }
  const ScaledRows rows(model, split, run.pool);
  const auto classes = static_cast<Index>(data.class_labels.size());
  const auto layers = static_cast<int>(model.layers.size());
  std::map<std::string, std::string>& notes = model.card.training;
  StageWatch watch(notes, run);
  ForgetClassifier(notes);
  if (run.checkpoints != nullptr) {
    CAE_RETURN_IF_ERROR(run.checkpoints->AddRunState(
        [&notes](StateArchive& archive) { archive.Texts("notes", notes); }));
    NoteChanges(*run.checkpoints, "finetune_", notes);
  }
  std::optional<TangentRows> tangents;
  if (recipe.finetune().has_tangents()) {
    CAE_ASSIGN_OR_RETURN(tangents,
                         FindTangents(model, rows.training(), recipe.finetune().tangents().rank(),
                                      run.pool, run.observer));
  }
  CAE_ASSIGN_OR_RETURN(
      model.classifier,
      TrainClassifier(
          InitialClassifier(model.layers, classes, recipe.seed()),
          ClassifierPlanOf(recipe, classes, tangents.has_value() ? &*tangents : nullptr),
          ClassifierEpochsOf(recipe, layers, split.training.rows.rows()),
          {rows.training(), split.training.labels}, {rows.validation(), split.validation.labels},
          run.pool, watch.services()));
  model.card.class_labels = data.class_labels;
  CAE_ASSIGN_OR_RETURN(model, Rounded(std::move(model), recipe));
  // A storage type coarser than the model's own has moved the encoder a little, too.
  CAE_RETURN_IF_ERROR(ComputeGoldenCodes(model));
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<const Autoencoder> autoencoder,
                       Autoencoder::Create(model));
  ClassifierScores scores;
  if (split.validation.rows.rows() > 0) {
    scores.validation_error = ErrorOf(*autoencoder, split.validation);
    notes["classifier.error_on_validation_rows"] = absl::StrCat(*scores.validation_error);
  }
  scores.test_error = ErrorOf(*autoencoder, {data.test.rows, data.test.labels});
  notes["finetune_recipe"] = SerializeRecipe(recipe);
  for (const auto& [file, digest] : data.digests) notes["finetune_data." + file] = digest;
  notes["classifier.error_on_test_rows"] = absl::StrCat(scores.test_error);
  return scores;
}

}  // namespace cae
