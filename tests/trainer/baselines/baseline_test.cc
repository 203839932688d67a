#include "trainer/baselines/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "core/io/model_file.h"
#include "core/io/safetensors_writer.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/baselines/small_rbm.h"
#include "tests/trainer/small_data_set.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::SmallRbm;
using testing::StatusIs;
using testing::WriteBytes;

class BaselineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    baseline_.machines = {SmallRbm(41, 7, 6), SmallRbm(44, 4, 7)};
    baseline_.input_shape = {2, 3};
    baseline_.training = {{"seed", "9"}};
  }
  std::string Bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  Baseline baseline_;
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.File("file");
};

TEST_F(BaselineTest, ComesBackFromItsFile) {
  ASSERT_THAT(SaveBaselineFile(path_, baseline_, StorageType::kFloat32), IsOk());
  EXPECT_TRUE(IsBaselineFile(Bytes()));
  const absl::StatusOr<Baseline> read = LoadBaselineFile(path_);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->kind(), "dbn");
  EXPECT_THAT(read->input_shape, ElementsAre(2, 3));
  EXPECT_EQ(read->training, baseline_.training);
  ASSERT_EQ(read->machines.size(), 2u);
  for (int m = 0; m < 2; ++m) {
    EXPECT_THAT(read->machines[m].hidden.weight, HasBitsOf(baseline_.machines[m].hidden.weight));
    EXPECT_THAT(read->machines[m].hidden.bias, HasBitsOf(baseline_.machines[m].hidden.bias));
    EXPECT_THAT(read->machines[m].visible_bias, HasBitsOf(baseline_.machines[m].visible_bias));
  }
}

TEST_F(BaselineTest, HalfTheBytesRoundWeightsAlone) {
  ASSERT_THAT(SaveBaselineFile(path_, baseline_, StorageType::kFloat16), IsOk());
  const absl::StatusOr<Baseline> read = LoadBaselineFile(path_);
  ASSERT_THAT(read, IsOk());
  const Matrix difference = read->machines[0].hidden.weight - baseline_.machines[0].hidden.weight;
  EXPECT_GT(difference.norm(), 0);
  EXPECT_LT(difference.cwiseAbs().maxCoeff(), 1e-3);
  EXPECT_THAT(read->machines[0].visible_bias, HasBitsOf(baseline_.machines[0].visible_bias));
}

TEST_F(BaselineTest, NoServerTakesItForAModel) {
  ASSERT_THAT(SaveBaselineFile(path_, baseline_, StorageType::kFloat32), IsOk());
  EXPECT_THAT(LoadModelFile(path_), StatusIs(absl::StatusCode::kInvalidArgument,
                                             AllOf(HasSubstr(path_), HasSubstr("format_version"))));
}

TEST_F(BaselineTest, OtherFilesAreRefusedWithTheirName) {
  EXPECT_THAT(LoadBaselineFile(path_), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(SaveBaselineFile(path_, baseline_, StorageType::kFloat32), IsOk());
  const std::string bytes = Bytes();
  WriteBytes(path_, bytes.substr(0, bytes.size() - 1));
  EXPECT_THAT(LoadBaselineFile(path_), StatusIs(absl::StatusCode::kDataLoss, HasSubstr(path_)));
  SafetensorsWriter writer;
  ASSERT_THAT(
      writer.AddMatrix("rbms.0.weight", baseline_.machines[0].hidden.weight, StorageType::kFloat32),
      IsOk());
  WriteBytes(path_, *writer.Serialize());
  EXPECT_FALSE(IsBaselineFile(Bytes()));
  EXPECT_THAT(LoadBaselineFile(path_), StatusIs(absl::StatusCode::kInvalidArgument,
                                                AllOf(HasSubstr(path_), HasSubstr("no baseline"))));
}

TEST_F(BaselineTest, TensorsThatDoNotFitAreNamed) {
  baseline_.machines[1] = SmallRbm(45, 4, 8);
  ASSERT_THAT(SaveBaselineFile(path_, baseline_, StorageType::kFloat32), IsOk());
  EXPECT_THAT(LoadBaselineFile(path_), StatusIs(absl::StatusCode::kInvalidArgument,
                                                AllOf(HasSubstr("rbms.1"), HasSubstr("7 units"))));
  baseline_.machines.pop_back();
  baseline_.input_shape = {5};
  ASSERT_THAT(SaveBaselineFile(path_, baseline_, StorageType::kFloat32), IsOk());
  EXPECT_THAT(LoadBaselineFile(path_), StatusIs(absl::StatusCode::kInvalidArgument,
                                                AllOf(HasSubstr("rbms.0"), HasSubstr("5 units"))));
}

}  // namespace
}  // namespace cae
