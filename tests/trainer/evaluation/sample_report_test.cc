#include "trainer/evaluation/sample_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "trainer/evaluation/plot.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::TemporaryFolder;

std::string Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Width and height in the header of a PNG.
std::pair<int, int> PngSize(const std::string& bytes) {
  const auto number = [&bytes](std::size_t at) {
    return static_cast<int>(static_cast<unsigned char>(bytes[at + 2]) * 256u +
                            static_cast<unsigned char>(bytes[at + 3]));
  };
  return {number(16), number(20)};
}

SampleReport SmallReport() {
  SampleScores scores;
  scores.strict_parzen = {{0.2, false, {120.5, 1, 10}}};
  scores.strict_log_likelihood = {120.5, 2.5, 5};
  scores.strict_unrecognised = {0.125, 0.01, 5};
  scores.strict_refused = {0.375, 0.01, 5};
  scores.many.parzen = {0.2, false, {130.25, 1.5, 10}};
  scores.many.frechet_distance = 12.75;
  scores.many.class_shares = {0.5, 0.5};
  for (const Index window : kVisitWindows) {
    scores.mixing.visited.push_back({window, 1.5, 1.25, {0, 0.5, 0.5}});
  }
  scores.mixing.transitions = MatrixD::Identity(2, 2);
  scores.mixing.class_indicators = {{1.01, 40}, {std::nullopt, std::nullopt}};
  scores.mixing.worst_r_hat = 1.01;
  SampleReport report;
  report.samplers = {{"cae \"2\" `x` $(y)", "noise", {{1, scores}, {2.5, scores}}},
                     {"dbn", "transitions", {{1, scores}}}};
  report.class_labels = {"a", "b"};
  return report;
}

TEST(SampleReportTest, TheTableHasALineASettingAndTheReference) {
  std::ostringstream out;
  PrintSampleTable(SmallReport(), out);
  EXPECT_THAT(out.str(),
              AllOf(HasSubstr("noise 2.5"), HasSubstr("dbn, transitions 1"), HasSubstr("120.5"),
                    HasSubstr("12.5"), HasSubstr("37.5"), HasSubstr("12.75"),
                    HasSubstr("training images as samples"), HasSubstr("1.010")));
}

TEST(SampleReportTest, JsonHasEverythingAndNullForWhatCouldNotBeEstimated) {
  const nlohmann::json json = SampleReportJson(SmallReport());
  const nlohmann::json& at = json["samplers"][0]["scores"][1];
  EXPECT_EQ(at["setting"], 2.5);
  EXPECT_EQ(at["strict"]["unrecognised"]["mean"], 0.125);
  EXPECT_EQ(at["strict"]["refused"]["mean"], 0.375);
  EXPECT_EQ(at["many"]["frechet_distance"], 12.75);
  EXPECT_EQ(at["mixing"]["distinct_classes"][0]["states"], 10);
  EXPECT_EQ(at["mixing"]["transitions"][1][1], 1);
  EXPECT_TRUE(at["mixing"]["class_indicators"][1]["split_r_hat"].is_null());
  EXPECT_EQ(json["protocol"]["strict_states"], 10000);
}

TEST(SampleReportTest, PlotsArePicturesWhateverTheNamesHold) {
  const SampleReport report = SmallReport();
  const TemporaryFolder temporary;
  const std::string& folder = temporary.path();
  ASSERT_THAT(CheckPlotting(), IsOk());
  ASSERT_THAT(WriteQualityMixingPlot(folder + "/a.png", report), IsOk());
  EXPECT_EQ(PngSize(Contents(folder + "/a.png")), std::pair(2 * 620, 3 * 496));
  ASSERT_THAT(WriteSettingPlot(folder + "/b.png", report.samplers[0], report), IsOk());
  EXPECT_EQ(PngSize(Contents(folder + "/b.png")), std::pair(3 * 620, 2 * 460));
  ASSERT_THAT(
      WriteTransitionPlot(folder + "/c.png", "it's", report.samplers[0].settings[0].scores.mixing,
                          report.class_labels),
      IsOk());
  EXPECT_EQ(PngSize(Contents(folder + "/c.png")).first, 760);
}

}  // namespace
}  // namespace cae
