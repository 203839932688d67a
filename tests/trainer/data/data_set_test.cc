#include "trainer/data/data_set.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/small_data_set.h"
#include "trainer/data/child_process.h"
#include "trainer/data/mnist_fetch.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IdxBytes;
using testing::IsOk;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::WriteBytes;
using testing::WriteSmallDataSet;

class DataSetTest : public ::testing::Test {
 protected:
  void SetUp() override { WriteSmallDataSet(folder_); }
  std::string File(const std::string& name) const { return folder_ + "/mnist/" + name; }

  const TemporaryFolder temporary_;
  const std::string folder_ = temporary_.path();
};

TEST_F(DataSetTest, LoadsRowsLabelsShapeAndDigests) {
  const absl::StatusOr<DataSet> data = LoadDataSet("mnist", folder_);
  ASSERT_THAT(data, IsOk());
  EXPECT_THAT(data->input_shape, ElementsAre(6, 5));
  EXPECT_EQ(data->training.rows.rows(), 300);
  EXPECT_EQ(data->test.rows.rows(), 50);
  EXPECT_EQ(data->training.labels[3], 1);
  EXPECT_FLOAT_EQ(data->training.rows(0, 0), 230.0f / 255);
  EXPECT_EQ(data->class_labels.size(), 10u);
  EXPECT_EQ(data->digests.size(), 4u);
  EXPECT_EQ(data->digests.begin()->second.size(), 64u);
}

TEST_F(DataSetTest, AMissingFileSaysHowToFetchIt) {
  EXPECT_THAT(LoadDataSet("mnist", folder_ + "/nowhere"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("cae-train fetch mnist")));
}

TEST_F(DataSetTest, FilesThatContradictEachOtherAreNamed) {
  WriteBytes(File("t10k-labels-idx1-ubyte"), IdxBytes({3}, std::string(3, '\1')));
  EXPECT_THAT(LoadDataSet("mnist", folder_),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("t10k-labels"), HasSubstr("3 labels for 50 images"))));
  WriteSmallDataSet(folder_);
  WriteBytes(File("train-labels-idx1-ubyte"), IdxBytes({300}, std::string(300, '\x0a')));
  EXPECT_THAT(LoadDataSet("mnist", folder_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("label 10")));
  WriteSmallDataSet(folder_);
  WriteBytes(File("t10k-images-idx3-ubyte"), IdxBytes({50, 2, 2}, std::string(200, 'x')));
  EXPECT_THAT(LoadDataSet("mnist", folder_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("2 x 2")));
  WriteBytes(File("t10k-images-idx3-ubyte"), "no idx");
  EXPECT_THAT(LoadDataSet("mnist", folder_),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("t10k-images")));
}

TEST(InstallFilesTest, AWrongDigestSaysWhichFileWhatWasExpectedAndWhatWasFound) {
  const TemporaryFolder temporary;
  const std::string from = temporary.File("from"), to = temporary.File("to");
  std::filesystem::create_directory(from);
  // SHA-256 of "abc" (FIPS 180-2, appendix B.1) and of "".
  const std::string abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  const std::string none = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  WriteBytes(from + "/a", "abc");
  WriteBytes(from + "/b", "");
  EXPECT_THAT(InstallFiles(from, to, {{"a", abc}, {"b", abc}}),
              StatusIs(absl::StatusCode::kDataLoss,
                       AllOf(HasSubstr("/b: "), HasSubstr("SHA-256 is " + none),
                             HasSubstr("expected " + abc))));
  // Nothing is installed where one file is wrong.
  EXPECT_THAT(CheckFiles(to, {{"a", abc}}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(InstallFiles(from, to + "/new/folder", {{"a", abc}, {"b", none}}), IsOk());
  EXPECT_THAT(CheckFiles(to + "/new/folder", {{"a", abc}, {"b", none}}), IsOk());
  WriteBytes(to + "/new/folder/b", "x");
  EXPECT_THAT(CheckFiles(to + "/new/folder", {{"a", abc}, {"b", none}}),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("/b: ")));
}

TEST_F(DataSetTest, FashionIsReadFromItsOwnFolderWithItsOwnClasses) {
  EXPECT_THAT(LoadDataSet("fashion", folder_),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("cae-train fetch fashion")));
  std::filesystem::rename(folder_ + "/mnist", folder_ + "/fashion");
  const absl::StatusOr<DataSet> data = LoadDataSet("fashion", folder_);
  ASSERT_THAT(data, IsOk());
  EXPECT_EQ(data->name, "fashion");
  EXPECT_EQ(data->training.rows.rows(), 300);
  ASSERT_EQ(data->class_labels.size(), 10u);
  EXPECT_EQ(data->class_labels[8], "bag");
}

TEST(InstallFilesTest, PackedFilesAreUnpacked) {
  const TemporaryFolder temporary;
  const std::string& from = temporary.path();
  // `printf abc | gzip -n`
  WriteBytes(from + "/a.gz", std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c\x4a\x06"
                                         "\x00\xc2\x41\x24\x35\x03\x00\x00\x00",
                                         23));
  const FileDigests digests = {
      {"a", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}};
  EXPECT_THAT(InstallFiles(from, from + "/to", digests), IsOk());
  EXPECT_THAT(CheckFiles(from + "/to", digests), IsOk());
  WriteBytes(from + "/a.gz", "\x1f\x8b broken");
  EXPECT_THAT(InstallFiles(from, from + "/to", digests),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("a.gz: ")));
}

TEST(InstallFilesTest, AMissingFileIsNotFound) {
  const TemporaryFolder temporary;
  const std::string& from = temporary.path();
  EXPECT_THAT(InstallFiles(from, from + "/to", {{"a", "00"}}),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST(RunChildProcessTest, RunsInTheFolderAndTellsHowItFailed) {
  const TemporaryFolder temporary;
  const std::string& folder = temporary.path();
  EXPECT_THAT(RunChildProcess({"mkdir", "a b;c"}, folder), IsOk());
  EXPECT_TRUE(std::filesystem::is_directory(folder + "/a b;c"));
  EXPECT_THAT(RunChildProcess({"mkdir", "a b;c"}, folder),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr("exited with 1"), HasSubstr("exists"))));
  EXPECT_THAT(RunChildProcess({"there-is-no-such-program"}, folder),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("there-is-no-such-program")));
}

}  // namespace
}  // namespace cae
