#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "trainer/reporting/epoch_log.h"
#include "trainer/reporting/progress_bar.h"
#include "trainer/reporting/progress_line.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;
using testing::TemporaryFolder;

class HandClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = absl::FromUnixSeconds(1'000'000);
};

TrainingReport Report() {
  TrainingReport report;
  report.stage = "layer 1";
  report.epoch = 2;
  report.epochs = 4;
  report.rows_done = 500;
  report.rows = 1000;
  report.learning_rate = 0.5;
  report.training = {{"loss", 12.5}};
  report.validation = {{"loss", 13.25}};
  report.elapsed = absl::Seconds(2);
  report.stage_elapsed = absl::Seconds(6);
  return report;
}

std::ptrdiff_t CountOf(char character, const std::string& text) {
  return std::count(text.begin(), text.end(), character);
}

TEST(ProgressBarTest, FillsAsWorkIsDone) {
  EXPECT_EQ(ProgressBar(0, 7), "[....................] 0/7");
  EXPECT_EQ(ProgressBar(5, 20), "[#####...............] 5/20");
  EXPECT_EQ(ProgressBar(7, 7), "[####################] 7/7");
}

TEST(ProgressLineTest, OnATerminalTheLineIsRewrittenAtMostTenTimesASecond) {
  HandClock clock;
  std::ostringstream out;
  ProgressLine line(out, /*terminal=*/true, clock);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(out.str(), "\rlayer 1  epoch 2/4  50%  loss 12.5  250 rows/s  0:10 left");
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  clock.now += absl::Milliseconds(99);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(CountOf('\r', out.str()), 1);
  clock.now += absl::Milliseconds(1);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(CountOf('\r', out.str()), 2);
}

TEST(ProgressLineTest, ElsewhereThereIsOnePlainLineAnEpoch) {
  HandClock clock;
  std::ostringstream out;
  {
    ProgressLine line(out, /*terminal=*/false, clock);
    ASSERT_THAT(line.OnStep(Report()), IsOk());
    TrainingReport report = Report();
    report.rows_done = 1000;
    ASSERT_THAT(line.OnEpoch(report), IsOk());
  }
  EXPECT_EQ(out.str(),
            "layer 1  epoch 2/4  loss 12.5  validation loss 13.25  2.00 s  500 rows/s\n");
}

TEST(ProgressLineTest, ElsewhereALongEpochShowsALineAMinute) {
  HandClock clock;
  std::ostringstream out;
  ProgressLine line(out, /*terminal=*/false, clock);
  const std::string shown = "layer 1  epoch 2/4  50%  loss 12.5  250 rows/s  0:10 left\n";
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  clock.now += absl::Seconds(59);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(out.str(), "");
  clock.now += absl::Seconds(1);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(out.str(), shown);
  // The line of an epoch counts.
  clock.now += absl::Seconds(59);
  ASSERT_THAT(line.OnEpoch(Report()), IsOk());
  clock.now += absl::Seconds(59);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(CountOf('\n', out.str()), 2);
  clock.now += absl::Seconds(1);
  ASSERT_THAT(line.OnStep(Report()), IsOk());
  EXPECT_EQ(CountOf('\n', out.str()), 3);
}

TEST(EpochLogTest, AppendsOneObjectAnEpoch) {
  const TemporaryFolder folder;
  const std::string path = folder.File("log.jsonl");
  for (int run = 0; run < 2; ++run) {
    auto log = EpochLog::Open(path);
    ASSERT_THAT(log, IsOk());
    ASSERT_THAT((*log)->OnStep(Report()), IsOk());
    ASSERT_THAT((*log)->OnEpoch(Report()), IsOk());
  }
  std::ifstream file(path);
  std::string line;
  int lines = 0;
  while (std::getline(file, line)) {
    ++lines;
    const nlohmann::json json = nlohmann::json::parse(line);
    EXPECT_EQ(json["stage"], "layer 1");
    EXPECT_EQ(json["epoch"], 2);
    EXPECT_EQ(json["rows_per_second"], 500);
    EXPECT_EQ(json["training"]["loss"], 12.5);
    EXPECT_EQ(json["validation"]["loss"], 13.25);
  }
  EXPECT_EQ(lines, 2);
}

TEST(EpochLogTest, GoesOnWhereItIsCut) {
  const TemporaryFolder folder;
  const std::string path = folder.File("log.jsonl");
  auto log = EpochLog::Open(path);
  ASSERT_THAT(log, IsOk());
  TrainingReport report = Report();
  ASSERT_THAT((*log)->OnEpoch(report), IsOk());
  const std::int64_t one_line = (*log)->bytes();
  EXPECT_GT(one_line, 0);
  ASSERT_THAT((*log)->OnEpoch(report), IsOk());
  (*log)->CutTo(one_line);
  (*log)->CutTo(one_line + 1);  // never longer
  EXPECT_EQ((*log)->bytes(), one_line);
  report.epoch = 3;
  ASSERT_THAT((*log)->OnEpoch(report), IsOk());
  std::ifstream file(path);
  std::string first, second, third;
  std::getline(file, first);
  std::getline(file, second);
  EXPECT_EQ(nlohmann::json::parse(second)["epoch"], 3);
  EXPECT_FALSE(std::getline(file, third));
}

TEST(EpochLogTest, AFullDiskEndsTheRun) {
  auto log = EpochLog::Open("/dev/full");
  ASSERT_THAT(log, IsOk());
  EXPECT_THAT((*log)->OnEpoch(Report()), Not(IsOk()));
}

TEST(EpochLogTest, AFolderThatIsNotThereIsNamed) {
  EXPECT_THAT(EpochLog::Open("/there/is/no/folder/log"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/there/is/no/folder/log")));
}

}  // namespace
}  // namespace cae
