#include "trainer/evaluation/plot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "core/io/file.h"
#include "core/io/png.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::TemporaryFolder;

// From the first to the last pixel of the longest horizontal line; 0 where there is none. Tells its
// dashes from letters by their number.
Index LineLength(const std::string& path) {
  const auto bytes = ReadFile(path, 1 << 20);
  EXPECT_THAT(bytes, IsOk());
  const auto image = ParseGreyPng(*bytes);
  EXPECT_THAT(image, IsOk());
  Index longest = 0;
  for (Index y = 0; y < image->height; ++y) {
    std::vector<Index> grey;
    for (Index x = 0; x < image->width; ++x) {
      const int pixel = image->pixels[static_cast<std::size_t>(y * image->width + x)];
      if (std::abs(pixel - 0x77) < 0x20) grey.push_back(x);
    }
    if (grey.size() > 100) longest = std::max(longest, grey.back() - grey.front());
  }
  return longest;
}

TEST(PlotTest, ALineFarFromThePointsLiesWithinThePanelAndCrossesAllOfIt) {
  const TemporaryFolder folder;
  PlotPanel panel{"t", "x", "y", {{"c", {{1, 2, 0, ""}, {1.5, 3, 0, ""}}}}, {}, {}, {}};
  ASSERT_THAT(WritePlot(folder.File("without.png"), {panel}, 1), IsOk());
  EXPECT_EQ(LineLength(folder.File("without.png")), 0);
  for (const double y : {-37., 93.}) {
    panel.lines = {{"reference", y}};
    ASSERT_THAT(WritePlot(folder.File("with.png"), {panel}, 1), IsOk());
    EXPECT_GT(LineLength(folder.File("with.png")), 500) << y;  // of the 620 of the panel
  }
}

TEST(PlotTest, ALineOutsideAGivenRangeIsNotDrawn) {
  const TemporaryFolder folder;
  const PlotPanel panel{"t", "x", "y", {{"c", {{1, 2, 0, ""}}}}, {{"reference", -0.3}}, 0, 3};
  ASSERT_THAT(WritePlot(folder.File("a.png"), {panel}, 1), IsOk());
  EXPECT_EQ(LineLength(folder.File("a.png")), 0);
}

TEST(PlotTest, TellsWhatCannotBeWritten) {
  EXPECT_FALSE(
      WritePlot("/no/such/folder/a.png", {{"t", "x", "y", {{"c", {{1, 2, 0, ""}}}}, {}, {}, {}}}, 1)
          .ok());
}

TEST(PlotTest, PointsThatAreNoNumbersAreLeftOut) {
  const TemporaryFolder folder;
  const PlotPoint one{1, 2, 0, "one"}, two{2, 3, 0, "two"};
  const auto picture = [&](const std::vector<PlotPoint>& points) {
    EXPECT_THAT(WritePlot(folder.File("a.png"), {{"t", "x", "y", {{"c", points}}, {}, {}, {}}}, 1),
                IsOk());
    return ReadFile(folder.File("a.png"), 1 << 20).value();
  };
  const std::string without = picture({one, two});
  EXPECT_TRUE(picture({{1, NAN, 0, ""}, one, two}) == without);
  EXPECT_FALSE(picture({{1, 3, 0, ""}, one, two}) == without);
}

}  // namespace
}  // namespace cae
