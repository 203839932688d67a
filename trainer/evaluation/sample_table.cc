#include <optional>

#include "absl/strings/str_format.h"
#include "trainer/evaluation/sample_report.h"

namespace cae {
namespace {

using Json = nlohmann::json;

std::string Optional(const std::optional<double>& value, int decimals) {
  return value.has_value() ? absl::StrFormat("%.*f", decimals, *value) : "-";
}

Json ToJson(const ParzenScore& parzen) {
  return {{"bandwidth", parzen.bandwidth},
          {"bandwidth_at_edge", parzen.at_edge},
          {"log_likelihood", parzen.log_likelihood}};
}

Json ToJson(const ImageScores& scores) {
  return {{"parzen", ToJson(scores.parzen)},
          {"unrecognised", scores.unrecognised},
          {"refused", scores.refused},
          {"mean_confidence", scores.confidence},
          {"precision", scores.precision_recall.precision},
          {"recall", scores.precision_recall.recall},
          {"frechet_distance", scores.frechet_distance},
          {"class_shares", scores.class_shares},
          {"class_entropy", scores.class_entropy}};
}

Json ToJson(const std::optional<double>& value) {
  return value.has_value() ? Json(*value) : Json();
}

Json ToJson(const std::vector<SeriesMixing>& all) {
  Json series = Json::array();
  for (const SeriesMixing& one : all) {
    series.push_back({{"split_r_hat", ToJson(one.split_r_hat)},
                      {"effective_sample_size", ToJson(one.effective_sample_size)}});
  }
  return series;
}

Json ToJson(const Mixing& mixing) {
  Json visited = Json::array(), transitions = Json::array();
  for (const VisitedClasses& window : mixing.visited) {
    visited.push_back({{"states", window.window},
                       {"mean", window.mean},
                       {"recognised_mean", window.recognised_mean},
                       {"shares", window.shares}});
  }
  for (Index i = 0; i < mixing.transitions.rows(); ++i) {
    const double* const row = mixing.transitions.row(i).data();
    transitions.push_back(std::vector<double>(row, row + mixing.transitions.cols()));
  }
  return {{"distinct_classes", visited},
          {"dwell", mixing.dwell},
          {"transitions", transitions},
          {"class_indicators", ToJson(mixing.class_indicators)},
          {"principal_components", ToJson(mixing.principal_components)},
          {"worst_split_r_hat", ToJson(mixing.worst_r_hat)},
          {"smallest_effective_sample_size", ToJson(mixing.smallest_sample_size)}};
}

Json ToJson(const SampleScores& scores) {
  Json chains = Json::array();
  for (const ParzenScore& parzen : scores.strict_parzen) chains.push_back(ToJson(parzen));
  return {{"strict",
           {{"log_likelihood", scores.strict_log_likelihood},
            {"unrecognised", scores.strict_unrecognised},
            {"refused", scores.strict_refused},
            {"chains", chains}}},
          {"mixing", ToJson(scores.mixing)},
          {"many", ToJson(scores.many)}};
}

// What the two kinds of lines have in common, from the log-likelihood of MANY on.
void PrintImageScores(const ImageScores& scores, std::ostream& out) {
  out << absl::StreamFormat(
      "| %6.1f ± %-4.1f %5.1f %5.1f  %4.2f  %4.2f  %7.2f  %5.2f ",
      scores.parzen.log_likelihood.mean, scores.parzen.log_likelihood.standard_error,
      100 * scores.unrecognised.mean, 100 * scores.refused.mean, scores.precision_recall.precision,
      scores.precision_recall.recall, scores.frechet_distance, scores.class_entropy);
}

}  // namespace

void PrintSampleTable(const SampleReport& report, std::ostream& out) {
  constexpr char kHead[] =
      "%-36s | %-14s %-10s %-10s | %-14s %-5s %-6s %-4s  %-4s  %7s  %5s | %s\n";
  const SampleProtocol& protocol = report.protocol;
  out << absl::StreamFormat(
      kHead, "", absl::StrFormat("%d x %d states", protocol.strict_chains, protocol.strict_states),
      "", "", absl::StrFormat("%d x %d draws", protocol.many_chains, protocol.draws), "", "", "",
      "", "", "", "classes in 10 / 20 / 100 states (10, recognised)");
  out << absl::StreamFormat(kHead, "", "Parzen, nats", "unrec., %", "refused, %", "Parzen, nats",
                            "unr.%", "ref. %", "prec", "rec", "Fréchet", "entr.",
                            "dwell   R-hat    ESS");
  for (const SamplerScores& sampler : report.samplers) {
    for (const SettingScores& at : sampler.settings) {
      const SampleScores& scores = at.scores;
      out << absl::StreamFormat(
          "%-36s | %6.1f ± %-5.1f %4.1f ± %-3.1f %4.1f ± %-3.1f ",
          absl::StrFormat("%s, %s %g", sampler.name, sampler.setting_name, at.setting),
          scores.strict_log_likelihood.mean, scores.strict_log_likelihood.standard_error,
          100 * scores.strict_unrecognised.mean, 100 * scores.strict_unrecognised.standard_error,
          100 * scores.strict_refused.mean, 100 * scores.strict_refused.standard_error);
      PrintImageScores(scores.many, out);
      const Mixing& mixing = scores.mixing;
      out << absl::StreamFormat(
          "| %.1f / %.1f / %.1f (%.1f) %6.1f %7s %6s\n", mixing.visited[0].mean,
          mixing.visited[1].mean, mixing.visited[2].mean, mixing.visited[0].recognised_mean,
          mixing.dwell, Optional(mixing.worst_r_hat, 3), Optional(mixing.smallest_sample_size, 0));
    }
  }
  out << absl::StreamFormat("%-36s | %36s ", "training images as samples", "");
  PrintImageScores(report.training_images, out);
  out << "|\n";
}

Json SampleReportJson(const SampleReport& report) {
  Json samplers = Json::array();
  for (const SamplerScores& sampler : report.samplers) {
    Json settings = Json::array();
    for (const SettingScores& at : sampler.settings) {
      Json scores = ToJson(at.scores);
      scores["setting"] = at.setting;
      settings.push_back(std::move(scores));
    }
    samplers.push_back(
        {{"name", sampler.name}, {"setting", sampler.setting_name}, {"scores", settings}});
  }
  const SampleProtocol& protocol = report.protocol;
  return {{"samplers", samplers},
          {"training_images", ToJson(report.training_images)},
          {"classes", report.class_labels},
          {"on", report.on == ScoredOn::kTest ? "test" : "validation"},
          {"protocol",
           {{"strict_chains", protocol.strict_chains},
            {"strict_states", protocol.strict_states},
            {"many_chains", protocol.many_chains},
            {"burn_in", protocol.burn_in},
            {"draws", protocol.draws},
            {"thinning", protocol.thinning},
            {"seed", protocol.seed}}}};
}

}  // namespace cae
