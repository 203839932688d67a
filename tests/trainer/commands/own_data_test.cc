// Models of rows of real numbers, with labels and without, from one's own files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/io/model_file.h"
#include "core/io/npy.h"
#include "core/model/autoencoder.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"
#include "tests/trainer/small_arrays.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::WriteBytes;

constexpr char kOwn[] = R"("name": "own", "data": "own", "validation_rows": 40, "batch_size": 20)";
constexpr char kIdentity[] =
    R"("layers": [{"units": 8, "activation": "tanh", "decoder_activation": "identity",
                   "contraction": 0.01, "epochs": 40, "learning_rate": 0.02}])";
constexpr char kFinetune[] = R"("finetune": {"epochs": 60, "learning_rate": 0.02})";

class OwnDataTest : public testing::ProgramTest {
 protected:
  void SetUp() override { testing::WriteSmallArrays(folder_, "own"); }
  void WriteRecipe(const std::string& fields) const {
    WriteBytes(recipe(), absl::StrCat("{", kOwn, ", ", fields, "}"));
  }
  void RemoveLabels() const {
    std::filesystem::remove(folder_ + "/own/train_labels.npy");
    std::filesystem::remove(folder_ + "/own/test_labels.npy");
  }
};

TEST_F(OwnDataTest, RealNumbersAreStandardisedReconstructedAndClassified) {
  WriteRecipe(absl::StrCat(R"("standardise": {}, )", kIdentity, ", ", kFinetune));
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  ASSERT_EQ(RunOnData("finetune", {"--model", model()}), 0) << err_.str();
  absl::StatusOr<ModelFile> file = LoadModelFile(model());
  ASSERT_THAT(file, IsOk());
  const ModelCard& card = file->parameters.card;
  EXPECT_THAT(card.input_shape, ElementsAre(6));
  EXPECT_THAT(card.class_labels, ElementsAre("0", "1", "2"));
  EXPECT_EQ(card.training.at("data.train.npy").size(), 64u);
  EXPECT_EQ(card.training.at("finetune_data.train_labels.npy").size(), 64u);
  // A server takes what the model has been trained on, and somewhat more.
  const Matrix rows = testing::SmallArrayRows(160);  // those for training
  const double smallest = rows.minCoeff(), largest = rows.maxCoeff();
  EXPECT_DOUBLE_EQ(card.input_minimum, 2 * smallest - largest);
  EXPECT_DOUBLE_EQ(card.input_maximum, 2 * largest - smallest);

  // The reconstruction is in the numbers of the data: errors are small beside their spread.
  const auto model_of_file = Autoencoder::Create(std::move(file->parameters));
  ASSERT_THAT(model_of_file, IsOk());
  Matrix reconstructions(rows.rows(), rows.cols());
  Vector losses(rows.rows());
  Workspace workspace;
  (*model_of_file)->Reconstruct(rows, reconstructions, losses, workspace);
  for (Index i = 0; i < rows.cols(); ++i) {
    const Vector column = rows.col(i);
    const float spread = (column.array() - column.mean()).matrix().norm();
    EXPECT_LT((reconstructions.col(i) - column).norm(), 0.3f * spread) << i;
  }

  ASSERT_EQ(Run({"evaluate", model(), "--data", folder_, "--json"}), 0) << err_.str();
  const nlohmann::json scores = nlohmann::json::parse(out_.str());
  EXPECT_LT(scores["error"]["mean"], 0.2);
  EXPECT_EQ(scores["error"]["rows"], 40);
  ASSERT_EQ(Run({"linear", model(), "--data", folder_}), 0) << err_.str();
  ASSERT_EQ(Run({"linear", "--data-set", "own", "--data", folder_}), 0) << err_.str();
  // A judge knows images alone.
  EXPECT_EQ(Run({"evaluate-samples", model(), "--data", folder_}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("the rows of own are no images"));
}

TEST_F(OwnDataTest, WithoutLabelsAModelIsTrainedAndOnlyWhatNeedsThemIsRefused) {
  RemoveLabels();
  WriteRecipe(absl::StrCat(R"("standardise": {}, )", kIdentity, ", ", kFinetune));
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  const absl::StatusOr<ModelFile> file = LoadModelFile(model());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->parameters.start_examples.rows(), 64);
  ASSERT_EQ(Run({"evaluate", model(), "--data", folder_}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("half squared error"),
                                Not(HasSubstr("classification error")), Not(HasSubstr("nats"))));

  EXPECT_EQ(RunOnData("finetune", {"--model", model()}), 1);
  EXPECT_THAT(err_.str(),
              HasSubstr("own has no labels, and fine-tuning needs one for each row; put "
                        "train_labels.npy and test_labels.npy beside its rows"));
  EXPECT_EQ(Run({"linear", model(), "--data", folder_}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("own has no labels, and a linear classifier needs"));

  // Not with another set of files than those that a checkpoint knows.
  testing::WriteSmallArrays(folder_, "own");
  WriteRecipe(R"("standardise": {}, "sgd": {}, "layers": [{"units": 8, "epochs": 3,
                 "decoder_activation": "identity", "learning_rate": 10}])");
  ASSERT_EQ(RunOnData("train", {"--checkpoint", folder_ + "/checkpoint"}), 1);
  RemoveLabels();
  EXPECT_EQ(RunOnData("train", {"--checkpoint", folder_ + "/checkpoint", "--resume"}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("test_labels.npy (there "));

  // Images without labels.
  const Matrix grey = Matrix::Constant(200, 6, 0.5f);
  for (const char* file_name : {"/own/train.npy", "/own/test.npy"}) {
    WriteBytes(folder_ + file_name, SerializeNpy(grey, {200, 2, 3}, NpyType::kUint8));
  }
  WriteRecipe(R"("layers": [{"units": 4}])");
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  EXPECT_EQ(Run({"evaluate-samples", model(), "--data", folder_, "--judge-recipe", recipe()}), 1);
  WriteRecipe(absl::StrCat(R"("layers": [{"units": 4}], )", kFinetune));
  EXPECT_EQ(Run({"evaluate-samples", model(), "--data", folder_, "--judge-recipe", recipe()}), 1);
  EXPECT_THAT(err_.str(), HasSubstr("own has no labels, and a judge of samples needs"));
}

TEST_F(OwnDataTest, AClassifierIsMeasuredOnRowsWithLabelsOnly) {
  WriteRecipe(absl::StrCat(R"("standardise": {}, )", kIdentity, ", ", kFinetune));
  ASSERT_EQ(RunOnData("train", {"--quick"}), 0) << err_.str();
  ASSERT_EQ(RunOnData("finetune", {"--model", model(), "--quick"}), 0) << err_.str();
  RemoveLabels();
  ASSERT_EQ(Run({"evaluate", model(), "--data", folder_}), 0) << err_.str();
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("on test rows"), Not(HasSubstr("classification error"))));
}

TEST_F(OwnDataTest, JudgesAreOfGreyImagesOfFewClasses) {
  Matrix rows = Matrix::Constant(200, 6, 0.5f);
  const auto write = [&] {
    for (const char* file : {"/own/train.npy", "/own/test.npy"}) {
      WriteBytes(folder_ + file, SerializeNpy(rows, {200, 2, 3}));
    }
  };
  std::vector<std::int64_t> labels(200, 3);
  const auto label = [&] {
    for (const char* file : {"/own/train_labels.npy", "/own/test_labels.npy"}) {
      WriteBytes(folder_ + file, testing::NpyIntegers(labels));
    }
  };
  write();
  label();
  WriteRecipe(R"("layers": [{"units": 4}])");
  ASSERT_EQ(RunOnData("train"), 0) << err_.str();
  const auto judge = [&] {
    return Run({"evaluate-samples", model(), "--data", folder_, "--judge-recipe", recipe()});
  };
  EXPECT_EQ(Run({"evaluate-samples", model(), "--data", folder_}), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("recipe of the judge: /validation_rows: is 10000"),
                                HasSubstr("--judge-recipe"), Not(HasSubstr("training the judge"))));
  WriteRecipe(absl::StrCat(R"("standardise": {}, )", kIdentity, ", ", kFinetune));
  EXPECT_EQ(judge(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("has no /standardise"));
  WriteRecipe(absl::StrCat(kIdentity, ", ", kFinetune));
  labels[7] = 255;
  label();
  EXPECT_EQ(judge(), 1);
  EXPECT_THAT(err_.str(), HasSubstr("own has 256 classes; a judge of samples knows at most 255"));
  labels[7] = 3;
  label();
  rows(199, 2) = 1.5f;
  write();
  EXPECT_EQ(judge(), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("row 39 of the validation rows of own holds 1.5"),
                                HasSubstr("grey images in [0, 1] alone")));
}

TEST_F(OwnDataTest, NumbersBeyondWhatAFileHoldsAreNamedBeforeTraining) {
  Matrix rows = testing::SmallArrayRows(40);
  rows(39, 5) = 70000;
  WriteBytes(folder_ + "/own/test.npy", SerializeNpy(rows));
  WriteRecipe(absl::StrCat(R"("standardise": {}, "storage": "F16", )", kIdentity));
  EXPECT_EQ(RunOnData("train"), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("row 39 of the test rows of own holds 70000"),
                                HasSubstr("/storage is \"F16\""), Not(HasSubstr("epoch"))));
  WriteRecipe(absl::StrCat(R"("standardise": {}, "storage": "BF16", )", kIdentity));
  EXPECT_EQ(RunOnData("train"), 0) << err_.str();
}

TEST_F(OwnDataTest, NumbersBeyondWhatUnitsWhatUnitsTakeAreNamed) {
  WriteRecipe(R"("layers": [{"units": 8}])");
  EXPECT_EQ(RunOnData("train"), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("row 0 of the training rows of own holds 300"),
                                HasSubstr("/layers/0/decoder_activation is \"logistic\""),
                                HasSubstr("\"identity\" takes all")));
  WriteRecipe(R"("rbms": [{"units": 8}])");
  EXPECT_EQ(RunOnData("train"), 1);
  EXPECT_THAT(err_.str(), AllOf(HasSubstr("row 0 of the training rows of own holds 300"),
                                HasSubstr("/rbms/0: its units take numbers in [0, 1]")));
}

}  // namespace
}  // namespace cae
