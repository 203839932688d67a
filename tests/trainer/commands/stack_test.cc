// Stacks of two and three layers, wider and narrower than their input, learn, load and compute.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/io/model_file.h"
#include "core/model/autoencoder.h"
#include "tests/testing/status_matchers.h"
#include "tests/trainer/commands/program_test.h"
#include "trainer/data/data_set.h"

namespace cae {
namespace {

using testing::IsOk;

struct StackCase {
  const char* name;
  std::vector<int> units;  // the input has 30
  const char* options;     // of every layer
};

class StackTest : public testing::ProgramTest, public ::testing::WithParamInterface<StackCase> {};

TEST_P(StackTest, LearnsLayerByLayerAndServes) {
  std::vector<std::string> layers;
  for (const int units : GetParam().units) {
    layers.push_back(absl::StrCat(R"({"units": )", units, R"(, "contraction": 0.01, "epochs": 30,
                                      "learning_rate": 0.01)",
                                  GetParam().options, "}"));
  }
  testing::WriteBytes(recipe(), absl::StrCat(R"({"name": "stack", "validation_rows": 60,
      "batch_size": 24, "layers": [)",
                                             absl::StrJoin(layers, ", "), "]}"));
  const std::string log = folder_ + "/log";
  ASSERT_EQ(RunOnData("train", {"--log", log, "--threads", "2"}), 0) << err_.str();

  // The loss falls in every layer, on rows that are not trained on too.
  std::istringstream lines(testing::Contents(log));
  std::vector<std::vector<double>> losses(layers.size());
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json epoch = nlohmann::json::parse(line);
    losses[epoch["layer"].get<std::size_t>() - 1].push_back(epoch["validation"]["loss"]);
  }
  for (std::size_t l = 0; l < losses.size(); ++l) {
    ASSERT_EQ(losses[l].size(), 30u);
    EXPECT_LT(losses[l].back(), 0.97 * losses[l].front()) << "layer " << l + 1;
  }

  // What a server would load reconstructs rows better than their mean does.
  absl::StatusOr<ModelFile> file = LoadModelFile(model());
  ASSERT_THAT(file, IsOk());
  const auto loaded = Autoencoder::Create(file->parameters);
  ASSERT_THAT(loaded, IsOk());
  const Autoencoder& stack = **loaded;
  ASSERT_EQ(stack.layers(), static_cast<int>(GetParam().units.size()));
  for (int l = 1; l <= stack.layers(); ++l) EXPECT_EQ(stack.units(l), GetParam().units[l - 1]);
  const absl::StatusOr<DataSet> data = LoadDataSet("mnist", folder_);
  ASSERT_THAT(data, IsOk());
  const Matrix& rows = data->test.rows;
  Matrix outputs(rows.rows(), rows.cols());
  Vector reconstruction(rows.rows());
  Workspace workspace;
  stack.Reconstruct(rows, outputs, reconstruction, workspace);
  const Matrix mean = rows.colwise().mean().replicate(rows.rows(), 1);
  EXPECT_LT((outputs - rows).squaredNorm(), 0.5 * (mean - rows).squaredNorm());
  ASSERT_EQ(Run({"inspect", model()}), 0) << err_.str();
}

INSTANTIATE_TEST_SUITE_P(Table, StackTest,
                         ::testing::Values(StackCase{"TwoNarrowing", {20, 12}, ""},
                                           StackCase{"TwoWidening", {40, 60}, ""},
                                           StackCase{"NarrowThenWide", {16, 48}, ""},
                                           StackCase{"WideThenNarrow", {64, 16}, ""},
                                           StackCase{"Three", {48, 24, 36}, ""},
                                           StackCase{"TwoUntied", {40, 20}, R"(, "tied": false)"},
                                           StackCase{"TwoTanh", {40, 20}, R"(, "activation": "tanh",
                                "decoder_activation": "identity")"}),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace cae
