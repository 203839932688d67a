#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/command_test_base.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class ClassifyCommandTest : public testing::CommandTest {
 protected:
  /// `rows` images whose classes are 0, 1, 2, 0, 1, ...
  std::string Images(int rows) {
    std::vector<std::vector<std::uint8_t>> images;
    for (int i = 0; i < rows; ++i) {
      images.push_back({0, 0, 0, 0});
      images.back()[i % 3] = 255;
    }
    return WriteIdxImages("images-idx3-ubyte", images);
  }
};

TEST_F(ClassifyCommandTest, TellsTheTopClassesOfFewRows) {
  const CommandResult result = Run({"classify", "--input", Images(2), "--top-k", "2"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("row 0:  zero (0.7)  one (0.2)\n"));
  EXPECT_THAT(result.out, HasSubstr("row 1:  one (0.7)  two (0.2)\n"));
  EXPECT_EQ(server_.classifies()[0].top_k(), 2);
}

TEST_F(ClassifyCommandTest, CountsTheClassesOfManyRows) {
  const CommandResult result = Run({"classify", "--input", Images(31)});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("row 0")));
  EXPECT_THAT(result.out, HasSubstr("zero   11\n"));
  EXPECT_THAT(result.out, HasSubstr("two    10\n"));
}

TEST_F(ClassifyCommandTest, PrintsTheErrorRateOverIdxLabels) {
  const std::string labels =
      WriteIdxLabels("labels-idx1-ubyte", {0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 0});
  const CommandResult result = Run({"classify", "--input", Images(12), "--labels", labels});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("error rate 8.33% (1 of 12 rows)"));
}

TEST_F(ClassifyCommandTest, PrintsTheErrorRateAsJson) {
  Matrix labels(4, 1);
  labels << 0, 0, 0, 0;
  const std::string path = Write("labels.npy", SerializeNpy(labels, std::vector<std::int64_t>{4}));
  const CommandResult result = Run({"classify", "--input", Images(4), "--labels", path, "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  const nlohmann::json json = result.json();
  EXPECT_EQ(json["rows"], 4);
  EXPECT_EQ(json["errors"], 2);
  EXPECT_EQ(json["error_rate"], 0.5);
  EXPECT_EQ(json["results"][1][0]["label"], "one");
  EXPECT_EQ(json["results"][1][0]["index"], 1);
  EXPECT_FLOAT_EQ(json["results"][1][0]["probability"].get<float>(), 0.7f);
}

TEST_F(ClassifyCommandTest, LimitsRowsAndLabelsAlike) {
  const std::string labels = WriteIdxLabels("labels-idx1-ubyte", {0, 1, 2, 2, 2, 2});
  const CommandResult result =
      Run({"classify", "--input", Images(6), "--labels", labels, "--limit", "3"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("error rate 0.00% (0 of 3 rows)"));
}

TEST_F(ClassifyCommandTest, RefusesLabelsOfAnotherNumber) {
  const std::string labels = WriteIdxLabels("labels-idx1-ubyte", {0, 1});
  const CommandResult result = Run({"classify", "--input", Images(3), "--labels", labels});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("2 labels"));
}

TEST_F(ClassifyCommandTest, RefusesLabelsThatAreNoClass) {
  const std::string beyond = WriteIdxLabels("beyond-idx1-ubyte", {0, 3});
  EXPECT_EQ(Run({"classify", "--input", Images(2), "--labels", beyond}).code, 1);
  const std::string broken = WriteMatrix("broken.npy", Matrix::Constant(2, 1, 0.5f));
  const CommandResult result = Run({"classify", "--input", Images(2), "--labels", broken});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("0.5 is no class"));
}

TEST_F(ClassifyCommandTest, WritesProbabilitiesInTheOrderOfTheClasses) {
  const CommandResult result =
      Run({"classify", "--input", Images(5), "--output", Path("p.npy"), "--top-k", "1"});
  EXPECT_EQ(result.code, 0) << result.err;
  const NpyArray probabilities = ReadNpy("p.npy");
  EXPECT_THAT(probabilities.shape, ElementsAre(5, 3));
  EXPECT_EQ(probabilities.values(1, 1), 0.7f);
  EXPECT_EQ(probabilities.values(1, 0), 0.1f);
}

TEST_F(ClassifyCommandTest, AnArchiveHoldsLogitsBesideProbabilities) {
  const CommandResult result =
      Run({"classify", "--input", WriteMatrix("in.npy", Matrix::Constant(2, 4, 0.5f)), "--logits",
           "--output", Path("c.npz"), "--json"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(ReadNpz("c.npz", "logits").values(1, 2), 0.5f);
  EXPECT_EQ(ReadNpz("c.npz", "probabilities").values(0, 0), 0.7f);
  EXPECT_EQ(result.json()["logits"]["array"], "logits");
}

TEST_F(ClassifyCommandTest, LogitsWithoutAPlaceToGoAreRefusedBeforeTheServerIsAsked) {
  const CommandResult result =
      Run({"classify", "--input", WriteMatrix("in.npy", Matrix::Constant(2, 4, 0.5f)), "--logits"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--logits asks for has no place to go: add --output"));
  EXPECT_TRUE(server_.classifies().empty());
}

}  // namespace
}  // namespace cae
