#include "core/io/model_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/io/sha256.h"
#include "tests/core/io/golden_model.h"
#include "tests/core/io/same_model.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using ::cae::testing::BytesOf;
using ::cae::testing::ExpectSameModel;
using ::cae::testing::GoldenModel;
using ::cae::testing::IsOk;
using ::cae::testing::IsOkAndHolds;
using ::cae::testing::kGoldenModelPath;
using ::cae::testing::PutBytes;
using ::cae::testing::RandomMatrix;
using ::cae::testing::RandomModelParameters;
using ::cae::testing::StatusIs;
using ::cae::testing::TemporaryFolder;
using ::cae::testing::Weights;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// One model for each choice that the format knows.
std::vector<ModelParameters> ModelsOfEveryKind() {
  std::vector<ModelParameters> models;
  models.push_back(RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, 1));
  ModelParameters& stack = models.emplace_back(RandomModelParameters(
      {6, 5, 3}, {Activation::kTanh, Activation::kRelu}, Weights::kUntied, 2));
  testing::AddRandomClassifier({4, 3}, 2, 3, stack);
  stack.classifier.layers[1].activation = Activation::kTanh;
  stack.card.class_labels = {"\"quoted\", 0", "✓\n"};
  stack.card.default_process = SampleProcess::kTopLayer;
  stack.card.default_rank = 2;
  stack.card.default_noise_stddev = 0.1;
  stack.card.training = {{"recipe", "a b"}, {"", "empty key"}, {"seed", ""}};
  ModelParameters& standardised = models.emplace_back(
      RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, 4));
  testing::AddRandomStandardisation(5, standardised);
  testing::AddRandomClassifier({}, 3, 6, standardised);
  standardised.card.input_minimum = -1.0 / 3;
  standardised.card.input_maximum = 1e300;
  standardised.golden_inputs = RandomMatrix(2, 6, 7);
  standardised.golden_codes = RandomMatrix(2, 4, 8);
  models.push_back(GoldenModel());
  return models;
}

TEST(ModelFileTest, EveryKindOfModelComesBackAsItWas) {
  for (const ModelParameters& model : ModelsOfEveryKind()) {
    const absl::StatusOr<std::string> bytes = SerializeModelFile(model, StorageType::kFloat32);
    ASSERT_THAT(bytes, IsOk());
    const absl::StatusOr<ModelFile> file = ParseModelFile(*bytes);
    ASSERT_THAT(file, IsOk());
    ExpectSameModel(file->parameters, model);
    EXPECT_THAT(SerializeModelFile(file->parameters, StorageType::kFloat32), IsOkAndHolds(*bytes));
  }
}

TEST(ModelFileTest, RoundedModelsComeBackBitForBit) {
  for (const StorageType type : {StorageType::kFloat16, StorageType::kBFloat16}) {
    for (const ModelParameters& model : ModelsOfEveryKind()) {
      const absl::StatusOr<ModelParameters> rounded = RoundToStorage(model, type);
      ASSERT_THAT(rounded, IsOk());
      const absl::StatusOr<std::string> bytes = SerializeModelFile(*rounded, type);
      ASSERT_THAT(bytes, IsOk());
      const absl::StatusOr<ModelFile> file = ParseModelFile(*bytes);
      ASSERT_THAT(file, IsOk());
      ExpectSameModel(file->parameters, *rounded);
      EXPECT_THAT(SerializeModelFile(model, type), IsOkAndHolds(*bytes));
    }
  }
}

TEST(ModelFileTest, OnlyWeightsAndStartExamplesAreRounded) {
  ModelParameters model = ModelsOfEveryKind()[2];
  const absl::StatusOr<ModelParameters> rounded = RoundToStorage(model, StorageType::kBFloat16);
  ASSERT_THAT(rounded, IsOk());
  EXPECT_NE(rounded->layers[0].encoder.weight, model.layers[0].encoder.weight);
  EXPECT_NE(rounded->classifier.output.weight, model.classifier.output.weight);
  EXPECT_NE(rounded->start_examples, model.start_examples);
  model.layers[0].encoder.weight = rounded->layers[0].encoder.weight;
  model.classifier.output.weight = rounded->classifier.output.weight;
  model.start_examples = rounded->start_examples;
  ExpectSameModel(*rounded, model);
}

TEST(ModelFileTest, SavesAndLoadsWithTheDigestOfTheFile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("model.safetensors");
  ASSERT_THAT(SaveModelFile(path, GoldenModel(), StorageType::kFloat32), IsOk());
  EXPECT_THAT(folder.Names(), ElementsAre("model.safetensors"));
  const absl::StatusOr<ModelFile> file = LoadModelFile(path);
  ASSERT_THAT(file, IsOk());
  ExpectSameModel(file->parameters, GoldenModel());
  EXPECT_EQ(file->digest, Sha256Hex(BytesOf(path)));
}

TEST(ModelFileTest, TheFormatDoesNotDrift) {
  const std::string golden = BytesOf(kGoldenModelPath);
  ASSERT_FALSE(golden.empty()) << kGoldenModelPath << " is missing";
  EXPECT_THAT(SerializeModelFile(GoldenModel(), StorageType::kFloat16), IsOkAndHolds(golden));
  const absl::StatusOr<ModelFile> file = LoadModelFile(kGoldenModelPath);
  ASSERT_THAT(file, IsOk());
  ExpectSameModel(file->parameters, GoldenModel());
}

TEST(ModelFileTest, TheDocumentedHexdumpIsThatOfTheGoldenFile) {
  const std::string page = BytesOf("docs/model_format.md");
  const std::vector<std::string> parts = absl::StrSplit(page, "```hexdump\n");
  ASSERT_EQ(parts.size(), 2U) << "docs/model_format.md has one hexdump";
  std::string bytes;
  for (const absl::string_view line : absl::StrSplit(
           absl::string_view(parts[1]).substr(0, parts[1].find("```")), '\n', absl::SkipEmpty())) {
    // "00000010  7b 22 5f ... 5f 22  |{"__...|", as hexdump -C prints it.
    for (const absl::string_view byte :
         absl::StrSplit(line.substr(10, line.find('|') - 10), ' ', absl::SkipEmpty())) {
      bytes += absl::HexStringToBytes(byte);
    }
  }
  EXPECT_EQ(bytes, BytesOf(kGoldenModelPath));
}

TEST(ModelFileTest, NamesTheFileThatCannotBeLoaded) {
  const TemporaryFolder folder;
  EXPECT_THAT(LoadModelFile(folder.File("none")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr(folder.File("none"))));
  PutBytes(folder.File("f"), "not a model");
  EXPECT_THAT(LoadModelFile(folder.File("f")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr(absl::StrCat("model file '", folder.File("f"), "': ")),
                             HasSubstr("not a safetensors file"))));
}

TEST(ModelFileTest, RefusesFilesAboveTheLimit) {
  const auto size = static_cast<std::int64_t>(BytesOf(kGoldenModelPath).size());
  EXPECT_THAT(LoadModelFile(kGoldenModelPath, size), IsOk());
  EXPECT_THAT(LoadModelFile(kGoldenModelPath, size - 1),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr(kGoldenModelPath)));
}

TEST(ModelFileTest, RefusesWeightsThatOverflowF16AndKeepsTheEarlierFile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("m");
  ASSERT_THAT(SaveModelFile(path, GoldenModel(), StorageType::kFloat16), IsOk());
  const std::string earlier = BytesOf(path);
  ModelParameters model = GoldenModel();
  model.classifier.output.weight(1, 1) = 1e6f;
  EXPECT_THAT(SaveModelFile(path, model, StorageType::kFloat16),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr(path), HasSubstr("'classifier.output.weight'"),
                             HasSubstr("1e+06"), HasSubstr("F16"))));
  EXPECT_EQ(BytesOf(path), earlier);
  EXPECT_THAT(RoundToStorage(model, StorageType::kFloat16),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("'classifier.output.weight'")));
  EXPECT_THAT(SaveModelFile(path, model, StorageType::kFloat32), IsOk());
  // A bias is F32 whatever the weights are.
  model = GoldenModel();
  model.classifier.output.bias[0] = 1e6f;
  EXPECT_THAT(SaveModelFile(path, model, StorageType::kFloat16), IsOk());
}

TEST(ModelFileTest, RefusesToSaveWhatCouldNotBeLoaded) {
  const TemporaryFolder folder;
  const std::string path = folder.File("m");
  ModelParameters model = GoldenModel();
  model.layers[0].encoder.weight(1, 2) = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(SaveModelFile(path, model, StorageType::kFloat32),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr(path), HasSubstr("'layers.0.weight'"), HasSubstr("row 1"))));
  model = GoldenModel();
  model.card.class_labels[0] = "\xff";
  EXPECT_THAT(SaveModelFile(path, model, StorageType::kFloat32),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UTF-8")));
  model = GoldenModel();
  model.card.input_maximum = std::numeric_limits<double>::infinity();
  EXPECT_THAT(SaveModelFile(path, model, StorageType::kFloat32),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("cannot be stored"), HasSubstr("cae.input_range"))));
  EXPECT_THAT(folder.Names(), ElementsAre());
}

}  // namespace
}  // namespace cae
