#include "trainer/study/study_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/trainer/small_data_set.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using State = StepRecord::State;

constexpr char kStudy[] = R"(
  name: "small" seeds: 2
  subjects { name: "A" recipe: "a" group: GROUP_PAPER settings: [1, 2.5] classifier: true }
  subjects { name: "B" recipe: "b" group: GROUP_BASELINE settings: 1 linear: true }
)";

class StudyRecordsTest : public ::testing::Test {
 protected:
  StudyRecordsTest() {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      StepRecord& record = records_[i];
      record.state = State::kDone;
      record.key = "key " + std::to_string(i);
      record.output_digest = steps_[i].kind == StepKind::kTrain ? "digest" : "";
      record.processor = "abacus";
      record.seconds = static_cast<double>(i) / 3;
      const nlohmann::json mean = {{"mean", 0.1 * static_cast<double>(i)}};
      record.result = {{"error", mean}, {"test_error", mean}};
    }
  }
  std::string Text() const {
    std::ifstream file(path_);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string Saved() const {
    EXPECT_THAT(SaveRecords(path_, study_, steps_, records_), IsOk());
    return Text();
  }

  const Study study_ = ParseStudy(kStudy).value();
  const std::vector<StudyStep> steps_ = PlanSteps(study_, 2);
  std::vector<StepRecord> records_{steps_.size()};
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/records.json";
};

TEST_F(StudyRecordsTest, ComeBackForTheStepsThatTheyAreOf) {
  const std::string text = Saved();
  const auto loaded = LoadRecords(path_, study_, steps_);
  ASSERT_THAT(loaded, IsOk());
  ASSERT_EQ(loaded->size(), steps_.size());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    EXPECT_EQ((*loaded)[i].state, State::kDone);
    EXPECT_EQ((*loaded)[i].key, records_[i].key);
    EXPECT_EQ((*loaded)[i].output_digest, records_[i].output_digest);
    EXPECT_EQ((*loaded)[i].processor, "abacus");
    EXPECT_EQ((*loaded)[i].seconds, records_[i].seconds);
  }
  std::filesystem::remove(path_);
  EXPECT_THAT(SaveRecords(path_, study_, steps_, *loaded), IsOk());
  EXPECT_EQ(Text(), text);

  // Another study: A is gone, B has a setting more. What is left is found wherever it stands.
  Study other = study_;
  other.mutable_subjects()->DeleteSubrange(0, 1);
  other.mutable_subjects(0)->add_settings(3);
  const std::vector<StudyStep> steps = PlanSteps(other, 1);
  const auto of_other = LoadRecords(path_, other, steps);
  ASSERT_THAT(of_other, IsOk());
  int missing = 0;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if ((*of_other)[i].state == State::kMissing) {
      EXPECT_EQ(steps[i].setting, 3);
      ++missing;
    }
  }
  EXPECT_EQ(missing, 2);
}

TEST_F(StudyRecordsTest, WhatIsNotDoneIsNotThere) {
  records_[0].state = State::kFailed;
  records_[1].state = State::kStopped;
  Saved();
  const auto loaded = LoadRecords(path_, study_, steps_);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ((*loaded)[0].state, State::kMissing);
  EXPECT_EQ((*loaded)[1].state, State::kMissing);
  EXPECT_EQ((*loaded)[2].state, State::kDone);
}

TEST_F(StudyRecordsTest, AFileKeepsWhatIsNotDoneHere) {
  Saved();
  // Of this run one seed, and of that B alone and anew.
  const std::vector<StudyStep> steps = PlanSteps(study_, 1);
  std::vector<StepRecord> records(steps.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].subject == 0) continue;
    records[i].state = State::kDone;
    records[i].key = "new";
  }
  ASSERT_THAT(SaveRecords(path_, study_, steps, records), IsOk());
  const auto loaded = LoadRecords(path_, study_, steps_);
  ASSERT_THAT(loaded, IsOk());
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const bool anew = steps_[i].subject == 1 && steps_[i].seed == 1;
    EXPECT_EQ((*loaded)[i].key, anew ? "new" : records_[i].key);
    EXPECT_EQ((*loaded)[i].state, State::kDone);
  }
  // A subject that is no more is not kept.
  Study other = study_;
  other.mutable_subjects()->DeleteSubrange(0, 1);
  ASSERT_THAT(SaveRecords(path_, other, {}, {}), IsOk());
  EXPECT_THAT(Text(), ::testing::Not(HasSubstr("\"A\"")));
  EXPECT_THAT(Text(), HasSubstr("\"B\""));
}

TEST_F(StudyRecordsTest, KeepOfResultsWhatThePageShows) {
  std::size_t scored = 0, linear = 0;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].kind == StepKind::kChoose) scored = i;
    if (steps_[i].kind == StepKind::kLinear) linear = i;
  }
  records_[linear].result = nlohmann::json::parse(
      R"({"test_error": {"mean": 0.1, "standard_error": 0.01}, "validation_error": {"mean": 1}})");
  records_[scored].result = nlohmann::json::parse(R"({
    "model": "/a/path", "training_images": {"frechet_distance": 4},
    "samplers": [{"scores": [{"strict": {"refused": {"mean": 0.25, "standard_error": 0.5}},
                              "many": {"recall": 0.125, "per_class": [1, 2, 3]}}]}]})");
  Saved();
  const auto loaded = LoadRecords(path_, study_, steps_);
  ASSERT_THAT(loaded, IsOk());
  EXPECT_EQ((*loaded)[linear].result, nlohmann::json::parse(R"({
    "test_error": {"mean": 0.1, "standard_error": 0.01}})"));
  EXPECT_EQ((*loaded)[scored].result, nlohmann::json::parse(R"({
    "training_images": {"frechet_distance": 4},
    "samplers": [{"scores": [{"strict": {"refused": {"mean": 0.25, "standard_error": 0.5}},
                              "many": {"recall": 0.125}}]}]})"));
}

TEST_F(StudyRecordsTest, AFileThatIsNoneSaysWhatIsWrong) {
  const auto fault = [&](const std::string& text) {
    testing::WriteBytes(path_, text);
    const absl::Status status = LoadRecords(path_, study_, steps_).status();
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument)) << text;
    EXPECT_THAT(status.message(), HasSubstr(path_));
    return std::string(status.message());
  };
  const std::string text = Saved();
  EXPECT_THAT(fault(""), HasSubstr("no records of a study"));
  EXPECT_THAT(fault("[]"), HasSubstr("no records of a study"));
  EXPECT_THAT(fault(R"({"format": 7, "steps": []})"), HasSubstr("its format is 7"));
  EXPECT_THAT(fault(R"({"format": "cae-study-records/1", "study": "s"})"), HasSubstr("steps"));
  EXPECT_THAT(fault(R"({"format": "cae-study-records/1", "study": "s", "steps": null})"),
              HasSubstr("no list"));
  EXPECT_THAT(fault(R"({"format": "cae-study-records/1", "study": "s", "steps": [5]})"),
              HasSubstr("no records"));
  EXPECT_THAT(fault(std::string(100, '[') + std::string(100, ']')), HasSubstr("no records"));
  std::string huge = text;
  huge.replace(huge.find("\"seed\":1"), 8, "\"seed\":1e300");
  EXPECT_THAT(fault(huge), HasSubstr("seed"));
  EXPECT_THAT(fault(text.substr(0, text.size() / 2)), HasSubstr("no records of a study"));
  std::string renamed = text;
  renamed.replace(renamed.find("\"processor\""), 11, "\"engine\"");
  EXPECT_THAT(fault(renamed), HasSubstr("processor"));
}

}  // namespace
}  // namespace cae
