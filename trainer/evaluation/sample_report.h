// SampleReport: scores of samplers as a table, as JSON and as plots.
#ifndef CAE_TRAINER_EVALUATION_SAMPLE_REPORT_H_
#define CAE_TRAINER_EVALUATION_SAMPLE_REPORT_H_

#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "trainer/evaluation/sample_scores.h"

namespace cae {

/// A sampler at one setting of its knob.
struct SettingScores {
  double setting = 0;
  SampleScores scores;
};

/// A sampler over its settings: a curve.
struct SamplerScores {
  std::string name;          ///< "cae2 composed", "dbn"
  std::string setting_name;  ///< "noise" of our chains, "transitions" a step of Gibbs chains
  std::vector<SettingScores> settings;
};

/// Plain data.
struct SampleReport {
  std::vector<SamplerScores> samplers;
  ImageScores training_images;  ///< the line of reference
  std::vector<std::string> class_labels;
  SampleProtocol protocol;
  ScoredOn on = ScoredOn::kTest;
};

/// One line a setting, with a line that says what the columns are.
void PrintSampleTable(const SampleReport& report, std::ostream& out);

/// Everything, for programs.
nlohmann::json SampleReportJson(const SampleReport& report);

/// One curve a sampler: unrecognised states, refused states, precision, recall, Fréchet distance
/// and log-likelihood of long chains against distinct classes in 10 steps, points labelled with
/// their settings. Good is right and down, of precision, recall and the likelihood up.
absl::Status WriteQualityMixingPlot(const std::string& path, const SampleReport& report);

/// Every score of one sampler over its settings, a panel each.
absl::Status WriteSettingPlot(const std::string& path, const SamplerScores& sampler,
                              const SampleReport& report);

/// Which class follows which, at one setting.
absl::Status WriteTransitionPlot(const std::string& path, const std::string& title,
                                 const Mixing& mixing, const std::vector<std::string>& labels);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_SAMPLE_REPORT_H_
