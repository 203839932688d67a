#include "client/commands/text_report.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace cae {
namespace {

constexpr Index kNumbersShown = 8;
constexpr Index kClassesShown = 20;

std::string LayerText(const v1::LayerInfo& layer) {
  return absl::StrCat(layer.input_units(), " -> ", layer.units(), " ",
                      EnumWord(v1::Activation_Name(layer.activation())), ", back ",
                      EnumWord(v1::Activation_Name(layer.decoder_activation())),
                      layer.tied() ? " with the transpose" : "");
}

std::string OptionalNumber(bool present, double value) {
  return present ? absl::StrFormat("%.4g", value) : "-";
}

}  // namespace

std::string EnumWord(absl::string_view name) {
  for (const absl::string_view prefix :
       {"MODEL_STATE_", "ACTIVATION_", "SAMPLE_PROCESS_", "SAMPLE_STATISTIC_", "PRECISION_"}) {
    if (absl::ConsumePrefix(&name, prefix)) break;
  }
  return absl::StrReplaceAll(absl::AsciiStrToLower(name), {{"_", "-"}});
}

std::string Table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const std::vector<std::string>& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      absl::StrAppendFormat(&line, "%-*s", static_cast<int>(widths[i] + 2), row[i]);
    }
    absl::StrAppend(&text, absl::StripTrailingAsciiWhitespace(line), "\n");
  }
  return text;
}

std::string ShapeText(absl::Span<const std::int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

std::string RangeText(ConstMatrixView values) {
  if (values.size() == 0) return "nothing";
  return absl::StrFormat("minimum %.4g, mean %.4g, maximum %.4g", values.minCoeff(),
                         values.cast<double>().mean(), values.maxCoeff());
}

std::string RowText(ConstMatrixView values, Index row) {
  std::string text;
  const Index shown = std::min(values.cols(), kNumbersShown);
  for (Index j = 0; j < shown; ++j) {
    absl::StrAppendFormat(&text, "%s%.4g", j == 0 ? "" : " ", values(row, j));
  }
  if (shown < values.cols()) absl::StrAppend(&text, " ...");
  return text;
}

std::map<std::string, std::string> TrainingLines(const v1::Model& card) {
  return {card.training().begin(), card.training().end()};
}

std::string CardText(const v1::Model& card) {
  std::vector<std::vector<std::string>> lines = {
      {"name", card.name()},
      {"version", absl::StrCat(card.version())},
      {"labels", absl::StrJoin(card.labels_of_version(), ", ")},
      {"state", absl::StrCat(EnumWord(v1::ModelState_Name(card.state())),
                             card.state_message().empty() ? "" : ": ", card.state_message())},
      {"digest", card.digest()},
      {"fingerprint", card.fingerprint()},
      {"precision", EnumWord(v1::Precision_Name(card.precision()))}};
  for (const v1::LayerInfo& layer : card.layers()) lines.push_back({"layer", LayerText(layer)});
  lines.push_back({"input shape", absl::StrCat("[", absl::StrJoin(card.input_shape(), ", "), "]")});
  lines.push_back({"input range", absl::StrFormat("%g to %g", card.input_range().minimum(),
                                                  card.input_range().maximum())});
  lines.push_back({"classes", card.has_classifier() ? absl::StrJoin(card.class_labels(), ", ")
                                                    : "none: no classifier"});
  lines.push_back({"chains by default",
                   absl::StrFormat("noise %g, %s, rank %d", card.default_noise_stddev(),
                                   EnumWord(v1::SampleProcess_Name(card.default_process())),
                                   card.default_rank())});
  const v1::ModelLimits& limits = card.limits();
  lines.push_back({"limits", absl::StrFormat("%d rows, %d chains, rank %d, %d bytes a message",
                                             limits.max_rows(), limits.max_chains(),
                                             limits.max_rank(), limits.max_message_bytes())});
  for (const auto& [key, value] : TrainingLines(card)) {
    lines.push_back({absl::StrCat("training ", key), value});
  }
  return Table(lines);
}

std::optional<MatrixOf<std::int64_t>> TransitionCounts(const v1::SampleDiagnostics& diagnostics) {
  const v1::ClassTransitions& transitions = diagnostics.class_transitions();
  const Index classes = transitions.classes();
  if (classes < 1 || classes * classes != transitions.counts_size()) return std::nullopt;
  return Eigen::Map<const MatrixOf<std::int64_t>>(transitions.counts().data(), classes, classes);
}

namespace {

std::string StatisticsTable(const v1::SampleDiagnostics& diagnostics) {
  std::vector<std::vector<std::string>> lines = {
      {"STATISTIC", "MEAN", "VARIANCE", "SPLIT R-HAT", "WITHIN CHAINS", "EFFECTIVE SAMPLES"}};
  for (const v1::StatisticDiagnostics& statistic : diagnostics.statistics()) {
    lines.push_back(
        {EnumWord(v1::SampleStatistic_Name(statistic.statistic())),
         absl::StrFormat("%.4g", statistic.mean()), absl::StrFormat("%.4g", statistic.variance()),
         OptionalNumber(statistic.has_split_r_hat(), statistic.split_r_hat()),
         OptionalNumber(statistic.has_within_chain_r_hat(), statistic.within_chain_r_hat()),
         OptionalNumber(statistic.has_effective_sample_size(), statistic.effective_sample_size())});
  }
  return Table(lines);
}

/// Rows are the classes that chains leave, columns those that they enter.
std::string TransitionsText(const MatrixOf<std::int64_t>& counts, const v1::Model& card) {
  const std::int64_t all = counts.sum();
  const std::int64_t changes = all - counts.diagonal().sum();
  std::string text =
      absl::StrFormat("the class changed between %d of %d pairs of draws\n", changes, all);
  if (counts.rows() > kClassesShown) return text;
  const auto label = [&card](Index index) {
    return index < card.class_labels_size() ? card.class_labels(static_cast<int>(index))
                                            : absl::StrCat(index);
  };
  std::vector<std::vector<std::string>> lines = {{"FROM \\ TO"}};
  for (Index to = 0; to < counts.cols(); ++to) lines[0].push_back(label(to));
  for (Index from = 0; from < counts.rows(); ++from) {
    std::vector<std::string>& line = lines.emplace_back();
    line.push_back(label(from));
    for (Index to = 0; to < counts.cols(); ++to) {
      line.push_back(counts(from, to) == 0 ? "." : absl::StrCat(counts(from, to)));
    }
  }
  return text + Table(lines);
}

}  // namespace

std::string DiagnosticsText(const v1::SampleDiagnostics& diagnostics, const v1::Model& card) {
  std::string text;
  if (!diagnostics.statistics().empty()) text = StatisticsTable(diagnostics);
  absl::StrAppendFormat(&text, "mean displacement per step %.4g\n",
                        diagnostics.mean_displacement());
  if (const auto counts = TransitionCounts(diagnostics); counts.has_value()) {
    text += TransitionsText(*counts, card);
  }
  return text;
}

}  // namespace cae
