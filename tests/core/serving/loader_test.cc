#include "core/serving/loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/io/model_file.h"
#include "core/io/sha256.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_repository.h"

namespace cae {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::RandomMatrix;
using testing::StatusIs;
using testing::TempRepository;
using testing::TinyModelParameters;

class LoaderTest : public ::testing::Test {
 protected:
  RepositoryEntry Entry() const {
    return {"tiny", 3, repository_.root() + "/tiny/3/model.safetensors",
            "tiny/3/model.safetensors"};
  }
  absl::StatusOr<ServableHandle> Load(std::int64_t max_file_bytes = 1 << 20) const {
    return LoadServable(Entry(), ServableLimits(), max_file_bytes);
  }
  /// A tiny model with golden rows that its encoder really gives.
  static ModelParameters WithGoldenRows() {
    ModelParameters parameters = TinyModelParameters();
    parameters.golden_inputs = RandomMatrix(3, 6, 5, 0, 1);
    parameters.golden_codes.resize(3, 4);
    Workspace workspace;
    const auto autoencoder = Autoencoder::Create(parameters);
    (*autoencoder)->Encode(parameters.golden_inputs, 1, parameters.golden_codes, workspace);
    return parameters;
  }

  TempRepository repository_;
};

TEST_F(LoaderTest, TellsWhoTheModelIsAndWhatItTakes) {
  const std::string path = repository_.Add("tiny", 3);
  const auto servable = Load();
  ASSERT_THAT(servable, IsOk());
  EXPECT_EQ((*servable)->identity.name, "tiny");
  EXPECT_EQ((*servable)->identity.version, 3);
  EXPECT_EQ((*servable)->identity.digest, Sha256Hex(testing::FileContents(path)));
  EXPECT_THAT((*servable)->identity.fingerprint, ::testing::MatchesRegex("[0-9a-f]{32}"));
  EXPECT_EQ((*servable)->autoencoder->input_units(), 6);
  EXPECT_EQ((*servable)->limits.max_rows, ServableLimits().max_rows);
}

TEST_F(LoaderTest, LowersTheRankToTheSmallestLayer) {
  repository_.Add("tiny", 3);
  EXPECT_EQ((*Load())->limits.max_rank, 4);
  ServableLimits limits;
  limits.max_rank = 2;
  EXPECT_EQ((*LoadServable(Entry(), limits, 1 << 20))->limits.max_rank, 2);
}

TEST_F(LoaderTest, TakesGoldenRowsThatComeOutAsStored) {
  repository_.Add("tiny", 3, WithGoldenRows());
  EXPECT_THAT(Load(), IsOk());
}

TEST_F(LoaderTest, LoadsInThePrecisionAskedForAndKnowsHowFarThatMayBeOff) {
  if (!Autoencoder::Create(testing::TinyModelParameters(), Precision::kBFloat16).ok()) {
    GTEST_SKIP() << "the processor has no bfloat16";
  }
  ModelParameters parameters = WithGoldenRows();
  repository_.Add("tiny", 3, parameters);
  const auto load = [this] {
    return LoadServable(Entry(), ServableLimits(), 1 << 20, Precision::kBFloat16);
  };
  const auto servable = load();
  ASSERT_THAT(servable, IsOk());
  EXPECT_EQ((*servable)->autoencoder->precision(), Precision::kBFloat16);
  EXPECT_NE((*servable)->identity.fingerprint, (*Load())->identity.fingerprint);
  parameters.golden_codes(1, 2) += 0.1f;
  repository_.Add("tiny", 3, parameters);
  EXPECT_THAT(load(), StatusIs(StatusCode::kDataLoss));
}

TEST_F(LoaderTest, RefusesAModelWhoseGoldenRowsComeOutDifferently) {
  ModelParameters parameters = WithGoldenRows();
  parameters.golden_codes(1, 2) += 0.01f;
  repository_.Add("tiny", 3, parameters);
  EXPECT_THAT(Load(), StatusIs(StatusCode::kDataLoss,
                               AllOf(HasSubstr("tiny/3/model.safetensors"),
                                     HasSubstr("golden.codes"), HasSubstr("row 1 unit 2"))));
}

TEST_F(LoaderTest, NamesTheFileInTheRepositoryAndNeverThePathOnThisMachine) {
  const std::string path = repository_.Add("tiny", 3);
  const std::string good = testing::FileContents(path);
  const auto names_the_file =
      AllOf(HasSubstr("tiny/3/model.safetensors"), Not(HasSubstr(repository_.root())));
  EXPECT_THAT(Load(64), StatusIs(StatusCode::kResourceExhausted, names_the_file));
  repository_.AddFile("tiny/3/model.safetensors", "junk");
  EXPECT_THAT(Load().status().message(), names_the_file);
  repository_.AddFile("tiny/3/model.safetensors", "");
  EXPECT_THAT(Load().status().message(), names_the_file);
  repository_.AddFile("tiny/3/model.safetensors", good.substr(0, good.size() - 1));
  EXPECT_THAT(Load().status().message(), names_the_file);
  EXPECT_THAT(LoadServable({"gone", 1, repository_.root() + "/gone/1/model.safetensors",
                            "gone/1/model.safetensors"},
                           ServableLimits(), 1 << 20),
              StatusIs(StatusCode::kNotFound, AllOf(HasSubstr("gone/1/model.safetensors"),
                                                    Not(HasSubstr(repository_.root())))));
}

TEST_F(LoaderTest, NamesTheTensorThatIsNotFinite) {
  std::string bytes = testing::FileContents(repository_.Add("tiny", 3));
  bytes.replace(bytes.size() - 4, 4, std::string("\xff\xff\xff\x7f", 4));
  repository_.AddFile("tiny/3/model.safetensors", bytes);
  EXPECT_THAT(Load(), StatusIs(StatusCode::kInvalidArgument, HasSubstr("tensor")));
}

TEST_F(LoaderTest, LoadsAFileOfHalfPrecision) {
  const auto bytes = SerializeModelFile(TinyModelParameters(), StorageType::kFloat16);
  ASSERT_THAT(bytes, IsOk());
  repository_.AddFile("tiny/3/model.safetensors", *bytes);
  EXPECT_THAT(Load(), IsOk());
}

}  // namespace
}  // namespace cae
