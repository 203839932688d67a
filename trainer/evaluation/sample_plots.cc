#include <algorithm>
#include <functional>

#include "absl/strings/str_format.h"
#include "trainer/evaluation/judge_training.h"
#include "trainer/evaluation/plot.h"
#include "trainer/evaluation/sample_report.h"

namespace cae {
namespace {

// What a panel shows of a setting: a number and, perhaps, its error.
using Value = std::function<Estimate(const SampleScores&)>;

Estimate Exact(double value) { return {value, 0, 0}; }

Estimate Percent(const Estimate& share) {
  return {100 * share.mean, 100 * share.standard_error, share.rows};
}

Estimate Visited(const SampleScores& scores, std::size_t window) {
  return Exact(scores.mixing.visited[window].mean);
}

// The top of an axis of shares in percent: room above the largest value, but not beyond 100.
double PercentAxis(const std::vector<PlotCurve>& curves) {
  double largest = 5;
  for (const PlotCurve& curve : curves) {
    for (const PlotPoint& point : curve.points) largest = std::max(largest, 1.2 * point.y);
  }
  return std::min(largest, 104.0);
}

PlotCurve OverSettings(const std::string& name, const SamplerScores& sampler, const Value& value) {
  PlotCurve curve{name, {}};
  for (const SettingScores& at : sampler.settings) {
    const Estimate y = value(at.scores);
    curve.points.push_back({at.setting, y.mean, y.standard_error, ""});
  }
  return curve;
}

PlotPanel QualityPanel(const SampleReport& report, const std::string& title,
                       const std::string& label, const Value& value) {
  PlotPanel panel{title, "distinct classes in 10 consecutive states", label, {}, {}, 0.0, {}};
  for (const SamplerScores& sampler : report.samplers) {
    PlotCurve curve{sampler.name + ", by " + sampler.setting_name, {}};
    for (const SettingScores& at : sampler.settings) {
      const Estimate y = value(at.scores);
      curve.points.push_back({at.scores.mixing.visited[0].mean, y.mean, y.standard_error,
                              absl::StrFormat("%g", at.setting)});
    }
    panel.curves.push_back(std::move(curve));
  }
  return panel;
}

}  // namespace

absl::Status WriteQualityMixingPlot(const std::string& path, const SampleReport& report) {
  PlotPanel bad =
      QualityPanel(report, "Unrecognised images against mixing", "unrecognised states, %",
                   [](const SampleScores& scores) { return Percent(scores.strict_unrecognised); });
  bad.lines = {{"test images", 100 * kUnrecognisableTestShare}};
  bad.y_maximum = PercentAxis(bad.curves);
  PlotPanel refused =
      QualityPanel(report, "Refused images against mixing", "refused states, %",
                   [](const SampleScores& scores) { return Percent(scores.strict_refused); });
  refused.lines = bad.lines;
  refused.y_maximum = PercentAxis(refused.curves);
  const auto regions = [](const SampleScores& scores) { return scores.many.precision_recall; };
  const PrecisionRecall& real = report.training_images.precision_recall;
  PlotPanel precision =
      QualityPanel(report, "Precision against mixing", "share of draws among real images",
                   [&](const SampleScores& scores) { return Exact(regions(scores).precision); });
  precision.lines = {{"training images", real.precision}};
  precision.y_maximum = 1.0;
  PlotPanel recall =
      QualityPanel(report, "Recall against mixing", "share of real images among draws",
                   [&](const SampleScores& scores) { return Exact(regions(scores).recall); });
  recall.lines = {{"training images", real.recall}};
  recall.y_maximum = 1.0;
  PlotPanel distance =
      QualityPanel(report, "Distance to real images against mixing", "Fréchet distance",
                   [](const SampleScores& scores) { return Exact(scores.many.frechet_distance); });
  distance.lines = {{"training images", report.training_images.frechet_distance}};
  PlotPanel parzen =
      QualityPanel(report, "Parzen log-likelihood against mixing", "nats, one long chain",
                   [](const SampleScores& scores) { return scores.strict_log_likelihood; });
  parzen.y_minimum.reset();
  parzen.lines = {{"training images", report.training_images.parzen.log_likelihood.mean}};
  return WritePlot(path, {bad, refused, precision, recall, distance, parzen}, 2);
}

absl::Status WriteSettingPlot(const std::string& path, const SamplerScores& sampler,
                              const SampleReport& report) {
  const ImageScores& real = report.training_images;
  const std::string& x = sampler.setting_name;
  const auto curve = [&sampler](const std::string& name, const Value& value) {
    return OverSettings(name, sampler, value);
  };
  const PlotPanel parzen{
      sampler.name + ": Parzen log-likelihood",
      x,
      "nats a test image",
      {curve("one long chain", [](const auto& s) { return s.strict_log_likelihood; }),
       curve("many chains", [](const auto& s) { return s.many.parzen.log_likelihood; })},
      {{"training images", real.parzen.log_likelihood.mean}},
      {},
      {}};
  PlotPanel bad{"Unrecognised and refused images",
                x,
                "%",
                {curve("long", [](const auto& s) { return Percent(s.strict_unrecognised); }),
                 curve("many", [](const auto& s) { return Percent(s.many.unrecognised); }),
                 curve("long, refused", [](const auto& s) { return Percent(s.strict_refused); }),
                 curve("many, refused", [](const auto& s) { return Percent(s.many.refused); })},
                {{"training images", 100 * real.unrecognised.mean}},
                0.0,
                {}};
  bad.y_maximum = PercentAxis(bad.curves);
  const PlotPanel regions{
      "Precision and recall, judge's features (k = 3)",
      x,
      "share",
      {curve("precision", [](const auto& s) { return Exact(s.many.precision_recall.precision); }),
       curve("recall", [](const auto& s) { return Exact(s.many.precision_recall.recall); })},
      {},
      0.0,
      1.0};
  const PlotPanel distance{
      "Fréchet distance, judge's features",
      x,
      "squared distance",
      {curve("many chains", [](const auto& s) { return Exact(s.many.frechet_distance); })},
      {{"training images", real.frechet_distance}},
      0.0,
      {}};
  const PlotPanel visited{
      "Mixing: distinct classes",
      x,
      "classes in so many states",
      {curve("in 10", [](const auto& s) { return Visited(s, 0); }),
       curve("in 20", [](const auto& s) { return Visited(s, 1); }),
       curve("in 100", [](const auto& s) { return Visited(s, 2); }),
       curve("recognised in 10",
             [](const auto& s) { return Exact(s.mixing.visited[0].recognised_mean); })},
      {},
      0.0,
      static_cast<double>(report.class_labels.size()) + 0.2};
  const PlotPanel dwell{"Mixing: states a visit of a class",
                        x,
                        "consecutive states",
                        {curve("mean dwell", [](const auto& s) { return Exact(s.mixing.dwell); })},
                        {},
                        0.0,
                        {}};
  return WritePlot(path, {parzen, bad, regions, distance, visited, dwell}, 3);
}

absl::Status WriteTransitionPlot(const std::string& path, const std::string& title,
                                 const Mixing& mixing, const std::vector<std::string>& labels) {
  return WriteShareMap(path, {title, "class of the next state", "class of a state", {}, {}, {}, {}},
                       mixing.transitions, labels);
}

}  // namespace cae
