// What --input takes, whatever it is called and however it comes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/record_file.h"
#include "core/io/image_grid.h"
#include "core/io/npz.h"
#include "core/io/png.h"
#include "tests/client/command_test_base.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::int64_t> kTwoRows = {2, 4};

Matrix Rows() {
  Matrix rows(2, 4);
  rows << 0, 0.2f, 0.4f, 0.6f, 1, 0.8f, 0.2f, 0;
  return rows;
}

std::string Npz(const std::vector<NpzArray>& arrays) { return SerializeNpz(arrays).value(); }

class InputTest : public testing::CommandTest {
 protected:
  /// The tensor that the server got for `cae encode --input PATH ...`.
  v1::Tensor Sent(const std::string& path, const std::vector<std::string>& more = {},
                  const std::string& input = "") {
    std::vector<std::string> arguments = {"encode", "--input", path};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = Run(arguments, input);
    EXPECT_EQ(result.code, 0) << result.err;
    return result.code == 0 ? server_.encodes().back().inputs() : v1::Tensor();
  }
  std::string Refusal(const std::string& path, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"encode", "--input", path};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = Run(arguments);
    EXPECT_EQ(result.code, 1) << result.err;
    EXPECT_TRUE(server_.encodes().empty());
    return result.err;
  }
};

TEST_F(InputTest, BytesStayBytes) {
  const v1::Tensor tensor =
      Sent(Write("rows.npy", SerializeNpy(Rows(), kTwoRows, NpyType::kUint8)));
  EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_UINT8);
  EXPECT_EQ(tensor.data(), std::string("\x00\x33\x66\x99\xff\xcc\x33\x00", 8));
}

TEST_F(InputTest, HalvesStayHalves) {
  const v1::Tensor tensor =
      Sent(Write("rows.npy", SerializeNpy(Rows(), kTwoRows, NpyType::kFloat16)));
  EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT16);
  EXPECT_EQ(tensor.data().size(), 16);
}

TEST_F(InputTest, LooksIntoTheFileAndNotAtItsName) {
  const std::string bytes = SerializeNpy(Rows());
  EXPECT_THAT(Sent(Write("rows.dat", bytes)).shape(), ElementsAre(2, 4));
  EXPECT_THAT(Sent("-", {}, bytes).shape(), ElementsAre(2, 4));
}

TEST_F(InputTest, TakesPicturesAndIdxFromStandardInput) {
  WriteGreyPng("one.png", 2, 2, {1, 2, 3, 4});
  EXPECT_EQ(Sent("-", {}, Read("one.png")).data(), std::string("\x01\x02\x03\x04", 4));
  WriteIdxImages("two.idx", {{1, 2, 3, 4}, {5, 6, 7, 8}});
  EXPECT_THAT(Sent("-", {}, Read("two.idx")).shape(), ElementsAre(2, 4));
}

TEST_F(InputTest, TakesTheNamedArrayOfAnArchive) {
  const std::string path = Write(
      "a.npz", Npz({{"x", SerializeNpy(Rows())}, {"y", SerializeNpy(Matrix(Rows().topRows(1)))}}));
  EXPECT_THAT(Sent(path + ":y").shape(), ElementsAre(1, 4));
  EXPECT_THAT(Sent(path + ":x").shape(), ElementsAre(2, 4));
}

TEST_F(InputTest, TakesTheOnlyArrayOfAnArchive) {
  const std::string bytes = Npz({{"x", SerializeNpy(Rows())}});
  EXPECT_THAT(Sent(Write("a.npz", bytes)).shape(), ElementsAre(2, 4));
  EXPECT_THAT(Sent("-", {}, bytes).shape(), ElementsAre(2, 4));
}

TEST_F(InputTest, NamesTheArraysWhereThereAreSeveral) {
  const std::string path =
      Write("a.npz", Npz({{"x", SerializeNpy(Rows())}, {"y", SerializeNpy(Rows())}}));
  EXPECT_THAT(Refusal(path), HasSubstr("name one as FILE.npz:NAME: 'x', 'y'"));
  EXPECT_THAT(Refusal(path + ":z"), HasSubstr("no array 'z'; it has 'x', 'y'"));
}

TEST_F(InputTest, UnpacksGzip) {
  // gzip.compress(two images of 2 x 2 pixels as idx, mtime=0)
  const std::string packed(
      "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\x63\x60\xe0\x60\x66\x60\x60\x60\x82\x61\x46\x26\x66"
      "\x16\x56\x36\x76\x0e\x00\x65\x34\xe2\xa1\x18\x00\x00\x00",
      37);
  EXPECT_EQ(Sent(Write("images.gz", packed)).data(),
            std::string("\x01\x02\x03\x04\x05\x06\x07\x08", 8));
}

TEST_F(InputTest, CutsAGridIntoRows) {
  const auto grid =
      GreyImageGrid(Rows(), {.image_height = 2, .image_width = 2, .columns = 2, .separator = 1});
  const std::string path = Write("grid.png", SerializePng(*grid).value());
  EXPECT_EQ(Sent(path, {"--grid", "1x2"}).data(),
            std::string("\x00\x33\x66\x99\xff\xcc\x33\x00", 8));
  EXPECT_EQ(Sent(path, {"--grid", "1x2", "--limit", "1"}).data().size(), 4);
}

TEST_F(InputTest, GuessesAtTheGrid) {
  const std::string path = WriteGreyPng("grid.png", 2, 5, std::vector<std::uint8_t>(10));
  EXPECT_THAT(Refusal(path), HasSubstr("takes 2 x 2. It may be a grid: --grid 1x2 cuts it"));
  EXPECT_THAT(Refusal(path, {"--grid", "1x3"}), HasSubstr("no grid of 1 x 3 tiles"));
}

TEST_F(InputTest, TakesAnArrayOfTheInputShapeForOneRow) {
  const std::string path =
      Write("one.npy", SerializeNpy(Matrix(Rows().topRows(1)), std::vector<std::int64_t>{2, 2}));
  EXPECT_THAT(Sent(path).shape(), ElementsAre(1, 4));
}

TEST_F(InputTest, SaysWhatTheModelTakes) {
  EXPECT_THAT(Refusal(WriteMatrix("wide.npy", Matrix::Zero(3, 5))),
              HasSubstr("wide.npy: rows of 5 numbers; model 'fake' v3 takes 4, the shape 2 x 2"));
  EXPECT_THAT(Refusal(Write("long.npy", SerializeNpy(Matrix(Matrix::Zero(3, 4)),
                                                     std::vector<std::int64_t>{3, 1, 4}))),
              HasSubstr("images of 1 x 4 pixels; model 'fake' v3 takes 2 x 2"));
}

TEST_F(InputTest, SaysWhatKindsItKnows) {
  EXPECT_THAT(Refusal(Write("rows.csv", "1,2,3,4")),
              HasSubstr("rows.csv: of no kind known here: .npy, .npz, .png or idx"));
  EXPECT_THAT(Refusal(Write("empty", "")), HasSubstr("there is nothing in it"));
  EXPECT_THAT(Refusal(Write("r", RecordFileHeader(RecordFileKind::kSampleStream))),
              HasSubstr("`cae replay` reads recordings"));
}

TEST_F(InputTest, CodesAreNumbersOfTheLayersWidth) {
  const CommandResult pixels =
      Run({"decode", "--input", WriteGreyPng("codes.png", 2, 2, {1, 2, 3, 4})});
  EXPECT_EQ(pixels.code, 1);
  EXPECT_THAT(pixels.err, HasSubstr("pixels are no codes"));
  const CommandResult wide = Run({"decode", "--input", WriteMatrix("codes.npy", Rows())});
  EXPECT_EQ(wide.code, 1);
  EXPECT_THAT(wide.err,
              HasSubstr("rows of 4 numbers; model 'fake' v3 takes codes of 3 in layer 1"));
}

}  // namespace
}  // namespace cae
