#include "trainer/data/array_data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/io/npy.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/small_arrays.h"
#include "tests/trainer/small_data_set.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::NpyIntegers;
using testing::StatusIs;
using testing::WriteBytes;
using testing::WriteSmallArrays;

Matrix Zeros(Index rows, Index cols) { return Matrix::Zero(rows, cols); }

class ArrayDataSetTest : public ::testing::Test {
 protected:
  void SetUp() override { WriteSmallArrays(folder_, "own"); }
  std::string File(const std::string& name) const { return folder_ + "/own/" + name; }
  // That the data set is refused, with these words.
  void ExpectFault(const std::string& file, const std::string& words) const {
    EXPECT_THAT(LoadDataSet("own", folder_), StatusIs(absl::StatusCode::kInvalidArgument,
                                                      AllOf(HasSubstr(file), HasSubstr(words))));
  }

  const testing::TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
};

TEST_F(ArrayDataSetTest, LoadsRowsAsTheyAreLabelsShapeAndDigests) {
  const absl::StatusOr<DataSet> data = LoadDataSet("own", folder_);
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ(data->name, "own");
  EXPECT_THAT(data->input_shape, ElementsAre(6));
  EXPECT_EQ(data->training.rows.rows(), 200);
  EXPECT_EQ(data->test.rows.rows(), 40);
  EXPECT_EQ(data->training.rows(3, 0), testing::SmallArrayRows(200)(3, 0));
  EXPECT_THAT(data->class_labels, ElementsAre("0", "1", "2"));
  EXPECT_THAT(std::vector<int>(data->test.labels.begin(), data->test.labels.begin() + 4),
              ElementsAre(0, 1, 2, 0));
  EXPECT_EQ(data->digests.size(), 4u);
  EXPECT_EQ(data->digests.at("train.npy").size(), 64u);
}

TEST_F(ArrayDataSetTest, BytesArePixelsAndImagesKeepTheirShape) {
  Matrix pixels = Matrix::Constant(8, 12, 1.0f);
  pixels(0, 1) = 51.0f / 255;
  WriteBytes(File("train.npy"), SerializeNpy(pixels, {8, 3, 4}, NpyType::kUint8));
  WriteBytes(File("test.npy"), SerializeNpy(pixels, {8, 3, 4}, NpyType::kFloat32));
  std::filesystem::remove(File("train_labels.npy"));
  std::filesystem::remove(File("test_labels.npy"));
  const absl::StatusOr<DataSet> data = LoadDataSet("own", folder_);
  ASSERT_THAT(data, IsOk());
  EXPECT_THAT(data->input_shape, ElementsAre(3, 4));
  EXPECT_EQ(data->training.rows, data->test.rows);
  EXPECT_EQ(data->training.rows(0, 1), 51.0f / 255);
}

TEST_F(ArrayDataSetTest, LabelsMayBeMissingAndClassesMayHaveNames) {
  WriteBytes(File("classes.txt"), "low\n two words \r\nhigh\nnever seen\n\n");
  absl::StatusOr<DataSet> data = LoadDataSet("own", folder_);
  ASSERT_THAT(data, IsOk());
  EXPECT_THAT(data->class_labels, ElementsAre("low", "two words", "high", "never seen"));
  EXPECT_EQ(data->digests.count("classes.txt"), 1u);

  WriteBytes(File("classes.txt"), "low\n\nhigh\n");
  ExpectFault("classes.txt", "line 2 is empty");
  WriteBytes(File("classes.txt"), "low\n\xff\nhigh\n");
  ExpectFault("classes.txt", "is not UTF-8");
  std::string many;
  for (int c = 0; c < 257; ++c) many += "a\n";
  WriteBytes(File("classes.txt"), many);
  ExpectFault("classes.txt",
              "line 257 is one too many; each names a class, and these are at most 256");
  WriteBytes(File("classes.txt"), "low\nhigh\n");
  ExpectFault("classes.txt", "names 2 classes, but there is the label 2");

  std::filesystem::remove(File("train_labels.npy"));
  ExpectFault("/train_labels.npy", "is missing, but test_labels.npy is there");
  std::filesystem::remove(File("test_labels.npy"));
  data = LoadDataSet("own", folder_);
  ASSERT_THAT(data, IsOk());
  EXPECT_TRUE(data->training.labels.empty());
  EXPECT_TRUE(data->class_labels.empty());
}

TEST_F(ArrayDataSetTest, FaultyRowsAreNamed) {
  Matrix rows = testing::SmallArrayRows(40);
  rows(7, 2) = std::nanf("");
  WriteBytes(File("test.npy"), SerializeNpy(rows));
  ExpectFault("/own/test.npy", "row 7 holds nan as its number 2; numbers must be finite");
  WriteBytes(File("test.npy"), SerializeNpy(Zeros(40, 5)));
  ExpectFault("test.npy", "the rows have the shape 5, those for training 6");
  WriteBytes(File("test.npy"), SerializeNpy(Zeros(40, 6), {40, 2, 3}));
  ExpectFault("test.npy", "the rows have the shape 2 x 3, those for training 6");
  WriteBytes(File("test.npy"), SerializeNpy(Zeros(0, 6)));
  ExpectFault("test.npy", "no row");
  WriteBytes(File("train.npy"), SerializeNpy(Zeros(6, 1), {6}));
  ExpectFault("train.npy", "has one axis");
  WriteBytes(File("train.npy"), "no npy");
  ExpectFault("train.npy", "npy");
}

TEST_F(ArrayDataSetTest, FaultyLabelsAreNamed) {
  const std::string file = File("train_labels.npy");
  const auto labels = [](std::int64_t odd) {
    std::vector<std::int64_t> numbers(200, 1);
    numbers[5] = odd;
    return numbers;
  };
  WriteBytes(file, NpyIntegers(labels(256)));
  ExpectFault("train_labels.npy", "row 5 has the label 256; labels are 0 to 255");
  WriteBytes(file, NpyIntegers(labels(-1)));
  ExpectFault("train_labels.npy", "row 5 has the label -1");
  WriteBytes(file, NpyIntegers({1, 2}));
  ExpectFault("train_labels.npy", "2 labels for 200 rows");
  WriteBytes(file, SerializeNpy(Zeros(200, 1), {200}));
  ExpectFault("train_labels.npy", "holds <f4 of the shape 200; labels are integers along one axis");
  WriteBytes(file, SerializeNpy(Zeros(200, 1), {200, 1}, NpyType::kUint8));
  ExpectFault("train_labels.npy", "of the shape 200 x 1");
  WriteBytes(file, "no npy");
  ExpectFault("train_labels.npy", "npy");
  WriteBytes(file, NpyIntegers(std::vector<std::int64_t>(200, 0)));
  WriteBytes(File("test_labels.npy"), NpyIntegers(std::vector<std::int64_t>(40, 0)));
  ExpectFault("train_labels.npy", "all labels are 0");
}

TEST_F(ArrayDataSetTest, WhatIsMissingSaysWhatToDo) {
  std::filesystem::remove(File("test.npy"));
  EXPECT_THAT(
      LoadDataSet("own", folder_),
      StatusIs(
          absl::StatusCode::kNotFound,
          HasSubstr("/own/test.npy: no such file; put your rows there as train.npy and "
                    "test.npy (\"mnist\" and \"fashion\" alone can be fetched), or say where")));
}

TEST_F(ArrayDataSetTest, ANameThatIsNoneIsRefused) {
  for (const char* name : {"", "..", "own/../own", ".own", "o wn", "own\n"}) {
    EXPECT_THAT(LoadDataSet(name, folder_), StatusIs(absl::StatusCode::kInvalidArgument,
                                                     HasSubstr("a name is of letters, digits")))
        << name;
  }
}

}  // namespace
}  // namespace cae
