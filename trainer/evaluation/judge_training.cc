#include "trainer/evaluation/judge_training.h"

#include <filesystem>
#include <map>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "core/io/sha256.h"
#include "trainer/evaluation/image_variants.h"
#include "trainer/evaluation/jacobian_spectrum.h"
#include "trainer/evaluation/temperature.h"
#include "trainer/model/data_split.h"
#include "trainer/model/input_range.h"
#include "trainer/model/model_training.h"
#include "trainer/model/stage_plans.h"
#include "trainer/training/denormals.h"

namespace cae {
namespace {

constexpr int kVersion = 4;
constexpr ImageVariant kRefused[] = {ImageVariant::kBlank, ImageVariant::kNoise,
                                     ImageVariant::kHalfErased, ImageVariant::kAverage,
                                     ImageVariant::kPatchwork};
constexpr std::uint64_t kTestSeed = 0x7e57;

using Notes = std::map<std::string, std::string>;

// A number that reads back as it was: the threshold is the confidence of some image.
std::string Exactly(double number) { return absl::StrFormat("%.17g", number); }

ImageRows AsImages(const DataSet& data, const LabelledRows& rows) {
  return {rows, data.input_shape[0], data.input_shape[1]};
}

// Rows that are put together, with their classes.
class GrowingRows {
 public:
  GrowingRows(Index capacity, Index units) { examples_.rows.resize(capacity, units); }
  void Add(ConstMatrixView rows, absl::Span<const std::uint8_t> labels) {
    examples_.rows.middleRows(static_cast<Index>(examples_.labels.size()), rows.rows()) = rows;
    examples_.labels.insert(examples_.labels.end(), labels.begin(), labels.end());
  }
  LabelledRows rows() const {
    return {Rows(ConstMatrixView(examples_.rows), 0, static_cast<Index>(examples_.labels.size())),
            examples_.labels};
  }

 private:
  LabelledExamples examples_;
};

// Softened images keep their classes, so each class is softened by itself.
void AddSoftened(const DataSet& data, const LabelledRows& rows, Index count, std::uint64_t seed,
                 GrowingRows& grown) {
  const auto classes = static_cast<Index>(data.class_labels.size());
  for (Index c = 0; c < classes; ++c) {
    std::vector<Index> of_class;
    for (Index i = 0; i < rows.rows.rows(); ++i) {
      if (rows.labels[i] == c) of_class.push_back(i);
    }
    if (of_class.empty()) continue;
    const Matrix examples = rows.rows(of_class, Eigen::all);
    const std::vector<std::uint8_t> labels(of_class.size(), static_cast<std::uint8_t>(c));
    const Index some = count * (c + 1) / classes - count * c / classes;
    grown.Add(MakeImageVariants(ImageVariant::kSoftened, AsImages(data, {examples, labels}), some,
                                seed + static_cast<std::uint64_t>(c)),
              std::vector<std::uint8_t>(some, static_cast<std::uint8_t>(c)));
  }
}

GrowingRows MakeTrainingRows(const DataSet& data, const LabelledRows& rows, std::uint64_t seed) {
  const Index n = rows.rows.rows();
  const Index softened = n / 2, refused = n / 10;
  const auto none = static_cast<std::uint8_t>(data.class_labels.size());
  GrowingRows grown(n + softened + refused * static_cast<Index>(std::size(kRefused)),
                    rows.rows.cols());
  grown.Add(rows.rows, rows.labels);
  AddSoftened(data, rows, softened, seed, grown);
  for (const ImageVariant variant : kRefused) {
    grown.Add(MakeImageVariants(variant, AsImages(data, rows), refused, seed),
              std::vector<std::uint8_t>(refused, none));
  }
  return grown;
}

double ShareWithout(const std::vector<std::uint8_t>& flags) {
  double without = 0;
  for (const std::uint8_t flag : flags) without += 1 - flag;
  return without / static_cast<double>(flags.size());
}

// What the judge says of images of each kind, made of test images.
absl::Status NoteVariants(const DataSet& data, ThreadPool& pool, ModelParameters& model) {
  CAE_ASSIGN_OR_RETURN(const std::unique_ptr<Judge> judge, Judge::Create(model));
  const Index count = std::min<Index>(2000, data.test.rows.rows());
  for (const ImageVariant variant :
       {ImageVariant::kBlank, ImageVariant::kNoise, ImageVariant::kHalfErased,
        ImageVariant::kAverage, ImageVariant::kPatchwork, ImageVariant::kUnion,
        ImageVariant::kSoftened}) {
    const Matrix images = MakeImageVariants(
        variant, AsImages(data, {data.test.rows, data.test.labels}), count, kTestSeed);
    const std::string key = absl::StrReplaceAll(NameOf(variant), {{" ", "_"}});
    const Judgement judgement = judge->Classify(images, Judge::Features::kLeaveOut, pool);
    Notes& notes = model.card.training;
    notes[absl::StrCat("judge.unrecognised.", key)] =
        absl::StrCat(ShareWithout(judgement.recognised));
    notes[absl::StrCat("judge.refused.", key)] = absl::StrCat(ShareWithout(judgement.accepted));
  }
  return absl::OkStatus();
}

// Temperature on validation rows, thresholds on test rows.
absl::Status Calibrate(const DataSet& data, const LabelledRows& validation, ThreadPool& pool,
                       ModelParameters& model) {
  Notes& notes = model.card.training;
  notes[Judge::kTemperatureKey] = Exactly(1);
  notes[Judge::kRecognitionThresholdKey] = Exactly(0);
  notes[Judge::kAcceptanceThresholdKey] = Exactly(0);
  CAE_ASSIGN_OR_RETURN(const std::unique_ptr<Judge> raw, Judge::Create(model));
  const double temperature = FitTemperature(raw->Logits(validation.rows, pool), validation.labels);
  notes[Judge::kTemperatureKey] = Exactly(temperature);
  CAE_ASSIGN_OR_RETURN(const std::unique_ptr<Judge> calibrated, Judge::Create(model));
  const Judgement judgement =
      calibrated->Classify(data.test.rows, Judge::Features::kLeaveOut, pool);
  const auto threshold_of = [](const std::vector<float>& values) {
    return Exactly(Quantile({values.begin(), values.end()}, kUnrecognisableTestShare));
  };
  notes[Judge::kRecognitionThresholdKey] = threshold_of(judgement.confidences);
  notes[Judge::kAcceptanceThresholdKey] = threshold_of(judgement.acceptances);
  return absl::OkStatus();
}

std::string KeyOf(const Recipe& recipe, const DataSet& data) {
  // What the recipe says itself, so that another field with a default leaves judges as they are.
  std::string all = absl::StrCat(kVersion, "\n", recipe.SerializeAsString(), "\n");
  for (const auto& [file, digest] : data.digests) absl::StrAppend(&all, file, " ", digest, "\n");
  return Sha256Hex(all).substr(0, 16);
}

// On a thread of its own: the caller's goes on with denormals, as a server does.
absl::StatusOr<ModelParameters> TrainApart(const Recipe& recipe, const DataSet& data,
                                           const JudgeTraining& training) {
  absl::StatusOr<ModelParameters> model;
  std::thread trainer([&] {
    FlushDenormals();
    ThreadPool pool(training.threads, FlushDenormals);
    model = TrainJudge(recipe, data, pool, training.observer);
  });
  trainer.join();
  return model;
}

// The rows of a judge, if there can be one.
absl::StatusOr<DataSplit> SplitForJudge(const Recipe& recipe, const DataSet& data) {
  constexpr std::size_t kMostClasses = 255;  // one more is of what shows none of them
  if (!recipe.has_finetune() || recipe.validation_rows() == 0 || recipe.has_standardise()) {
    return absl::InvalidArgumentError(
        "the recipe of a judge needs /finetune and /validation_rows above 0, and has no "
        "/standardise");
  }
  if (data.input_shape.size() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the rows of ", data.name, " are no images, and a judge of samples knows nothing else"));
  }
  absl::StatusOr<DataSplit> split = SplitData(data, recipe, /*quick=*/false);
  if (!split.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("recipe of the judge: ", split.status().message(), "; see --judge-recipe"));
  }
  CAE_RETURN_IF_ERROR(CheckLabels(data.name, split->training, "a judge of samples"));
  if (data.class_labels.size() > kMostClasses) {
    return absl::InvalidArgumentError(absl::StrCat(data.name, " has ", data.class_labels.size(),
                                                   " classes; a judge of samples knows at most ",
                                                   kMostClasses));
  }
  CAE_RETURN_IF_ERROR(
      CheckRange(data, *split, {0, 1}, "a judge of samples knows grey images in [0, 1] alone"));
  return split;
}

}  // namespace

int JudgeVersion() { return kVersion; }

absl::StatusOr<ModelParameters> TrainJudge(const Recipe& recipe, const DataSet& data,
                                           ThreadPool& pool, TrainingObserver& observer) {
  CAE_ASSIGN_OR_RETURN(const DataSplit split, SplitForJudge(recipe, data));
  const GrowingRows training = MakeTrainingRows(data, split.training, recipe.seed());
  DataSet judged{data.name, data.input_shape, data.class_labels, {}, data.test, data.digests};
  judged.class_labels.emplace_back(Judge::kNoneLabel);
  const DataSplit with_variants{training.rows(), split.validation};
  const ModelRun run{pool, observer};
  CAE_ASSIGN_OR_RETURN(ModelParameters model, TrainModel(recipe, judged, with_variants, run));
  CAE_RETURN_IF_ERROR(FinetuneModel(recipe, judged, with_variants, run, model).status());
  CAE_RETURN_IF_ERROR(Calibrate(data, split.validation, pool, model));
  CAE_RETURN_IF_ERROR(NoteVariants(data, pool, model));
  return model;
}

absl::StatusOr<std::unique_ptr<Judge>> FindOrTrainJudge(Recipe recipe, const DataSet& data,
                                                        const std::string& folder,
                                                        const JudgeTraining& training) {
  recipe.set_data(data.name);
  const std::filesystem::path judges = std::filesystem::path(folder) / "judges";
  const std::string path =
      (judges / absl::StrCat(data.name, "-", KeyOf(recipe, data), ".safetensors")).string();
  absl::StatusOr<ModelFile> file = LoadModelFile(path);
  if (absl::IsNotFound(file.status())) {
    CAE_RETURN_IF_ERROR(SplitForJudge(recipe, data).status());
    std::error_code error;
    std::filesystem::create_directories(judges, error);
    if (error) {
      return absl::PermissionDeniedError(
          absl::StrCat("cannot make the folder ", judges.string(), ": ", error.message()));
    }
    training.on_begin(path);
    CAE_ASSIGN_OR_RETURN(const ModelParameters model, TrainApart(recipe, data, training));
    CAE_RETURN_IF_ERROR(SaveModelFile(path, model, StorageOf(recipe)));
    return Judge::Create(model);
  }
  absl::StatusOr<std::unique_ptr<Judge>> judge =
      file.ok() ? Judge::Create(file->parameters) : file.status();
  if (judge.ok()) return judge;
  return absl::Status(judge.status().code(),
                      absl::StrCat(path, ": ", judge.status().message(),
                                   "; remove it, and another judge is trained"));
}

}  // namespace cae
