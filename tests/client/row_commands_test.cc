// encode, decode, reconstruct, tangents: files in, files out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "tests/client/command_test_base.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::ElementsAre;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// Row i is (i, i + 1, i + 2, i + 3) / 100.
Matrix Inputs(Index rows) {
  Matrix inputs(rows, 4);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < 4; ++j) inputs(i, j) = static_cast<float>(i + j) / 100;
  }
  return inputs;
}

class RowCommandsTest : public testing::CommandTest {};

TEST_F(RowCommandsTest, EncodesNpyToNpy) {
  const CommandResult result = Run({"encode", "--input", WriteMatrix("in.npy", Inputs(10)),
                                    "--output", Path("codes.npy"), "--layer", "1"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(ReadNpy("codes.npy").values, HasBitsOf(Matrix(Inputs(10).leftCols(3))));
  EXPECT_THAT(result.out, HasSubstr("codes [10, 3] by model 'fake' v3"));
  EXPECT_THAT(result.out, HasSubstr("wrote "));
  EXPECT_EQ(server_.encodes()[0].layer(), 1);
}

TEST_F(RowCommandsTest, SummarisesWithoutAnOutput) {
  const CommandResult result = Run({"encode", "--input", WriteMatrix("in.npy", Inputs(12))});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("minimum 0, mean 0.065, maximum 0.13"));
  EXPECT_THAT(result.out, HasSubstr("row 9: 0.09 0.1 0.11\n"));
  EXPECT_THAT(result.out, Not(HasSubstr("row 10:")));
}

TEST_F(RowCommandsTest, PrintsJsonWithAllNumbers) {
  const CommandResult result =
      Run({"encode", "--json", "--input", WriteMatrix("in.npy", Inputs(2))});
  EXPECT_EQ(result.code, 0) << result.err;
  const nlohmann::json json = result.json();
  EXPECT_EQ(json["model"]["name"], "fake");
  EXPECT_EQ(json["model"]["version"], 3);
  EXPECT_EQ(json["model"]["digest"], "d1");
  EXPECT_EQ(json["codes"].dump(), "[[0.0,0.01,0.02],[0.01,0.02,0.03]]");
}

TEST_F(RowCommandsTest, JsonNamesTheFileThatHoldsTheNumbers) {
  const CommandResult result = Run(
      {"encode", "--json", "--input", WriteMatrix("in.npy", Inputs(2)), "--output", Path("c.npy")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.json()["codes"]["file"], Path("c.npy"));
  EXPECT_EQ(result.json()["codes"]["shape"].dump(), "[2,3]");
}

TEST_F(RowCommandsTest, PipesNpyThroughStandardStreams) {
  const CommandResult encoded =
      Run({"encode", "--input", "-", "--output", "-"}, SerializeNpy(Inputs(3)));
  EXPECT_EQ(encoded.code, 0) << encoded.err;
  EXPECT_THAT(encoded.err, HasSubstr("codes [3, 3]"));
  const CommandResult decoded =
      Run({"decode", "--input", "-", "--output", Path("back.npy")}, encoded.out);
  EXPECT_EQ(decoded.code, 0) << decoded.err;
  EXPECT_THAT(ReadNpy("back.npy").values.leftCols(3), HasBitsOf(Matrix(Inputs(3).leftCols(3))));
}

TEST_F(RowCommandsTest, TakesAVectorAsOneRow) {
  const std::string path =
      Write("row.npy", SerializeNpy(Matrix(Inputs(1)), std::vector<std::int64_t>{4}));
  EXPECT_EQ(Run({"encode", "--input", path}).code, 0);
  EXPECT_THAT(server_.encodes()[0].inputs().shape(), ElementsAre(1, 4));
}

TEST_F(RowCommandsTest, TakesImagesOfThreeAxesAsRows) {
  const std::string path =
      Write("images.npy", SerializeNpy(Matrix(Inputs(2)), std::vector<std::int64_t>{2, 2, 2}));
  EXPECT_EQ(Run({"encode", "--input", path}).code, 0);
  EXPECT_THAT(server_.encodes()[0].inputs().shape(), ElementsAre(2, 4));
}

TEST_F(RowCommandsTest, SendsIdxImagesAsBytesAndKeepsToTheLimit) {
  const std::string images =
      WriteIdxImages("t10k-images-idx3-ubyte", {{0, 51, 102, 153}, {255, 0, 0, 0}, {1, 2, 3, 4}});
  const CommandResult result =
      Run({"encode", "--input", images, "--limit", "2", "--output", Path("codes.npy")});
  EXPECT_EQ(result.code, 0) << result.err;
  ASSERT_EQ(server_.encodes().size(), 1);
  EXPECT_EQ(server_.encodes()[0].inputs().data_type(), v1::DATA_TYPE_UINT8);
  EXPECT_EQ(ReadNpy("codes.npy").values.rows(), 2);
  EXPECT_EQ(ReadNpy("codes.npy").values(1, 0), 1);
}

TEST_F(RowCommandsTest, SendsAPngAsBytes) {
  const CommandResult result =
      Run({"encode", "--input", WriteGreyPng("digit.png", 2, 2, {0, 51, 102, 255})});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(server_.encodes()[0].inputs().data_type(), v1::DATA_TYPE_UINT8);
  EXPECT_EQ(server_.encodes()[0].inputs().data(), std::string("\x00\x33\x66\xff", 4));
}

TEST_F(RowCommandsTest, RefusesAPngOfAnotherSize) {
  const CommandResult result =
      Run({"encode", "--input", WriteGreyPng("big.png", 1, 4, {0, 0, 0, 0})});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("1 x 4 pixels"));
  EXPECT_THAT(result.err, HasSubstr("takes 2 x 2"));
  EXPECT_TRUE(server_.encodes().empty());
}

TEST_F(RowCommandsTest, PassesAllowOutOfRangeOn) {
  const std::string path = WriteMatrix("in.npy", Inputs(1));
  EXPECT_EQ(Run({"encode", "--input", path, "--allow-out-of-range"}).code, 0);
  EXPECT_TRUE(server_.encodes()[0].allow_out_of_range());
}

TEST_F(RowCommandsTest, DecodesToAGridOfImages) {
  const std::string codes = WriteMatrix("codes.npy", Matrix::Constant(4, 3, 1.0f));
  const CommandResult result = Run({"decode", "--input", codes, "--output", Path("out.png")});
  EXPECT_EQ(result.code, 0) << result.err;
  const Image picture = ReadPng("out.png");  // 2 x 2 images of 2 x 2 pixels, 1 between them
  EXPECT_EQ(picture.height, 5);
  EXPECT_EQ(picture.width, 5);
  EXPECT_EQ(picture.pixels[0], 255);
  EXPECT_EQ(picture.pixels[picture.width + 1], 64);  // the last unit of the first image
}

TEST_F(RowCommandsTest, DecodesCodesOfDrawsRowByRow) {
  const std::string codes = Write("codes.npy", SerializeNpy(Matrix(Matrix::Constant(4, 3, 1.0f)),
                                                            std::vector<std::int64_t>{2, 2, 3}));
  const CommandResult result = Run({"decode", "--input", codes, "--output", Path("out.npy")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(ReadNpy("out.npy").values.rows(), 4);
}

TEST_F(RowCommandsTest, ReconstructionsLieBelowTheirInputs) {
  const std::string images = WriteIdxImages("two.idx", {{0, 51, 102, 153}, {255, 204, 10, 20}});
  const CommandResult result =
      Run({"reconstruct", "--input", images, "--output", Path("pairs.png")});
  EXPECT_EQ(result.code, 0) << result.err;
  const Image picture = ReadPng("pairs.png");
  EXPECT_EQ(picture.height, 5);
  EXPECT_EQ(picture.width, 5);
  for (const Index y : {0, 3}) {  // the fake gives back what it got
    EXPECT_EQ(picture.pixels[y * 5 + 1], 51);
    EXPECT_EQ(picture.pixels[y * 5 + 3], 255);
    EXPECT_EQ(picture.pixels[(y + 1) * 5 + 4], 20);
  }
}

TEST_F(RowCommandsTest, ReconstructTellsLossesAndContractions) {
  const std::string path = WriteMatrix("in.npy", Inputs(3));
  const CommandResult text = Run({"reconstruct", "--input", path, "--contractions"});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_THAT(text.out, HasSubstr("loss in nats: minimum 0.06, mean 0.1, maximum 0.14"));
  EXPECT_THAT(text.out, HasSubstr("row 2: loss 0.14, contraction 0.2"));

  const nlohmann::json json =
      Run({"reconstruct", "--input", path, "--contractions", "--json"}).json();
  EXPECT_EQ(json["losses"].size(), 3);
  EXPECT_FLOAT_EQ(json["mean_loss"].get<float>(), 0.1f);
  EXPECT_FLOAT_EQ(json["contractions"][2].get<float>(), 0.2f);
  EXPECT_EQ(json["outputs"].size(), 3);
}

TEST_F(RowCommandsTest, WritesReconstructionsAsNpy) {
  const CommandResult result = Run(
      {"reconstruct", "--input", WriteMatrix("in.npy", Inputs(6)), "--output", Path("out.npy")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(ReadNpy("out.npy").values, HasBitsOf(Inputs(6)));
}

TEST_F(RowCommandsTest, TangentsTellSingularValues) {
  const CommandResult result =
      Run({"tangents", "--input", WriteMatrix("in.npy", Inputs(2)), "--rank", "3", "--contractions",
           "--tolerance", "0.01", "--layer", "1"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("row 1: singular values 3 2 1; contraction 5"));
  EXPECT_EQ(server_.tangents()[0].rank(), 3);
  EXPECT_EQ(server_.tangents()[0].layer(), 1);
  EXPECT_EQ(server_.tangents()[0].tolerance(), 0.01);
}

TEST_F(RowCommandsTest, WritesTangentsWithThreeAxes) {
  const CommandResult result = Run({"tangents", "--input", WriteMatrix("in.npy", Inputs(5)),
                                    "--rank", "2", "--output", Path("t.npy"), "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(ReadNpy("t.npy").shape, ElementsAre(5, 2, 4));
  EXPECT_EQ(result.json()["directions"]["shape"].dump(), "[5,2,4]");
  EXPECT_EQ(result.json()["singular_values"].dump(),
            "[[2.0,1.0],[2.0,1.0],[2.0,1.0],[2.0,1.0],[2.0,1.0]]");
}

TEST_F(RowCommandsTest, JsonNestsTangentsByRowAndRank) {
  const CommandResult result =
      Run({"tangents", "--input", WriteMatrix("in.npy", Inputs(1)), "--rank", "2", "--json"});
  EXPECT_EQ(result.json()["directions"].dump(), "[[[1.0,0.0,0.0,0.0],[0.0,1.0,0.0,0.0]]]");
}

TEST_F(RowCommandsTest, PicturesEachInputBesideItsDirections) {
  const CommandResult result = Run({"tangents", "--input", WriteMatrix("in.npy", Inputs(3)),
                                    "--rank", "2", "--output", Path("t.png")});
  EXPECT_EQ(result.code, 0) << result.err;
  const Image picture = ReadPng("t.png");
  EXPECT_EQ(picture.height, 3 * 2 + 2);
  constexpr Index kFirstDirection = 2 + 4;  // behind the input and the gap
  EXPECT_EQ(picture.width, kFirstDirection + 2 * 2 + 1);
  EXPECT_EQ(picture.pixels[1], 3);    // the input in grey: 0.01
  EXPECT_EQ(picture.pixels[3], 128);  // the gap
  // Direction 0 is e_0: red in its first pixel, white (0) in the second.
  EXPECT_LT(picture.pixels[kFirstDirection], 128);
  EXPECT_EQ(picture.pixels[kFirstDirection + 1], 255);
}

TEST_F(RowCommandsTest, AnArchiveHoldsAllOfTheTangents) {
  const CommandResult result =
      Run({"tangents", "--input", WriteMatrix("in.npy", Inputs(5)), "--rank", "2",
           "--code-directions", "--contractions", "--output", Path("t.npz")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(ReadNpz("t.npz", "directions").shape, ElementsAre(5, 2, 4));
  EXPECT_THAT(ReadNpz("t.npz", "singular_values").shape, ElementsAre(5, 2));
  EXPECT_THAT(ReadNpz("t.npz", "residuals").shape, ElementsAre(5, 2));
  EXPECT_THAT(ReadNpz("t.npz", "code_directions").shape, ElementsAre(5, 2, 3));
  EXPECT_THAT(ReadNpz("t.npz", "contractions").shape, ElementsAre(5));
  EXPECT_THAT(result.out, HasSubstr("t.npz: directions [5, 2, 4], singular_values [5, 2]"));
}

TEST_F(RowCommandsTest, AnArchiveHoldsLossesBesideReconstructions) {
  const CommandResult result =
      Run({"reconstruct", "--input", WriteMatrix("in.npy", Inputs(3)), "--output", Path("r.npz")});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(ReadNpz("r.npz", "outputs").values, HasBitsOf(Inputs(3)));
  EXPECT_EQ(ReadNpz("r.npz", "losses").values(2), Inputs(3).row(2).sum());
}

TEST_F(RowCommandsTest, FilesHoldTheTypeThatWasAskedFor) {
  const std::string input = WriteMatrix("in.npy", Inputs(2));
  for (const auto& [word, dtype, type] : {std::tuple("float32", "<f4", v1::DATA_TYPE_FLOAT32),
                                          std::tuple("float16", "<f2", v1::DATA_TYPE_FLOAT16),
                                          std::tuple("bfloat16", "<f4", v1::DATA_TYPE_BFLOAT16),
                                          std::tuple("uint8", "|u1", v1::DATA_TYPE_UINT8)}) {
    const CommandResult result =
        Run({"encode", "--input", input, "--output-type", word, "--output", Path("codes.npy")});
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_EQ(ReadNpy("codes.npy").dtype, dtype);
    EXPECT_EQ(server_.encodes().back().output_data_type(), type);
  }
}

TEST_F(RowCommandsTest, PicturesAreScaledAndWrapped) {
  const std::string codes = WriteMatrix("codes.npy", Matrix::Constant(3, 3, 1.0f));
  const CommandResult result = Run(
      {"decode", "--input", codes, "--output", Path("out.png"), "--scale", "3", "--columns", "1"});
  EXPECT_EQ(result.code, 0) << result.err;
  const Image picture = ReadPng("out.png");
  EXPECT_EQ(picture.height, 3 * (3 * 2 + 2));
  EXPECT_EQ(picture.width, 3 * 2);
}

TEST_F(RowCommandsTest, ShowsProgressOnATerminalOnly) {
  const std::string input = WriteMatrix("in.npy", Inputs(10));  // three requests of the fake's
  EXPECT_THAT(Run({"encode", "--input", input}, "", true).err, HasSubstr("] 8/10 rows"));
  EXPECT_EQ(Run({"encode", "--input", input}, "", false).err, "");
}

}  // namespace
}  // namespace cae
