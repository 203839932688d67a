#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/types/span.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/number_check.h"
#include "client/commands/output_file.h"
#include "client/commands/output_options.h"
#include "client/commands/progress_bar.h"
#include "client/commands/row_options.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

constexpr int kTopShown = 3;

struct Options {
  RowOptions rows;
  std::string labels;
  OutputOptions output;
  int top_k = kTopShown;
  bool logits = false;
};

/// How predictions compare with the true classes.
struct Score {
  Index rows = 0;
  Index errors = 0;
  double error_rate() const { return static_cast<double>(errors) / static_cast<double>(rows); }
};

/// The true classes of the rows that are sent; absent without --labels.
absl::StatusOr<std::optional<std::vector<int>>> ReadLabels(const Options& options,
                                                           const RowTask& task,
                                                           const Streams& streams) {
  if (options.labels.empty()) return std::nullopt;
  CAE_ASSIGN_OR_RETURN(std::vector<int> labels, LoadLabels(options.labels, streams));
  const Index rows = task.rows.rows();
  const bool limited = options.rows.limit > 0 && static_cast<Index>(labels.size()) > rows;
  if (limited) labels.resize(rows);
  if (static_cast<Index>(labels.size()) != rows) {
    return Local(absl::InvalidArgumentError(absl::StrCat(options.labels, " has ", labels.size(),
                                                         " labels, ", options.rows.input, " ", rows,
                                                         " rows; they must be as many")));
  }
  const int classes = task.target.card->class_labels_size();
  for (const int label : labels) {
    if (label >= classes && classes > 0) {
      return Local(absl::InvalidArgumentError(absl::StrCat(
          options.labels, " has the class ", label, "; the model's are 0 to ", classes - 1)));
    }
  }
  return labels;
}

Score Compare(const ClassifyResult& result, const std::vector<int>& labels) {
  Score score{.rows = static_cast<Index>(labels.size())};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    score.errors += result.results[i][0].index != labels[i];
  }
  return score;
}

/// [n, c], in the order of the card's classes.
Matrix Probabilities(const ClassifyResult& result, Index classes) {
  Matrix probabilities = Matrix::Zero(static_cast<Index>(result.results.size()), classes);
  for (Index i = 0; i < probabilities.rows(); ++i) {
    for (const ClassScore& score : result.results[i]) {
      if (score.index >= 0 && score.index < classes) {
        probabilities(i, score.index) = score.probability;
      }
    }
  }
  return probabilities;
}

/// A file has all classes of a row, the text as many as were asked for; 0 = all.
void PrintRows(const ClassifyResult& result, int top_k, std::ostream& report) {
  for (std::size_t i = 0; i < result.results.size(); ++i) {
    report << "row " << i << ":";
    absl::Span<const ClassScore> scores = result.results[i];
    if (top_k > 0) scores = scores.first(std::min<std::size_t>(scores.size(), top_k));
    for (const ClassScore& score : scores) {
      report << absl::StreamFormat("  %s (%.4g)", score.label, score.probability);
    }
    report << "\n";
  }
}

void PrintCounts(const ClassifyResult& result, std::ostream& report) {
  std::map<int, std::pair<std::string, Index>> counts;
  for (const std::vector<ClassScore>& scores : result.results) {
    auto& [label, count] = counts[scores[0].index];
    label = scores[0].label;
    ++count;
  }
  std::vector<std::vector<std::string>> table = {{"CLASS", "ROWS"}};
  for (const auto& [index, entry] : counts) {
    table.push_back({entry.first, absl::StrCat(entry.second)});
  }
  report << Table(table);
}

void PrintText(const Options& options, const ClassifyResult& result,
               const std::optional<Score>& score, absl::Span<const OutputArray> arrays,
               std::ostream& report) {
  const auto rows = static_cast<Index>(result.results.size());
  report << absl::StreamFormat("classes of %d rows by %s\n", rows,
                               DescribeModel(result.model.name(), result.model.version()));
  if (rows <= kRowsShown) {
    PrintRows(result, options.top_k, report);
  } else {
    PrintCounts(result, report);
  }
  if (score.has_value()) {
    report << absl::StreamFormat("error rate %.2f%% (%d of %d rows)\n", 100 * score->error_rate(),
                                 score->errors, score->rows);
  }
  report << WrittenText(options.output.path, arrays);
}

void PrintResultJson(const Options& options, const ClassifyResult& result,
                     const std::optional<Score>& score, absl::Span<const OutputArray> arrays,
                     std::ostream& out) {
  Json json = ResultJson(result.model);
  json["rows"] = result.results.size();
  if (score.has_value()) {
    json["errors"] = score->errors;
    json["error_rate"] = score->error_rate();
  }
  if (!options.output.path.empty()) {
    AddArraysJson(arrays, options.output.path, json);
  } else {
    AddArraysJson(arrays.subspan(1), "", json);
    Json results = Json::array();
    for (const std::vector<ClassScore>& scores : result.results) {
      Json row = Json::array();
      for (const ClassScore& one : scores) {
        row.push_back(Json{{"index", one.index},
                           {"label", one.label},
                           {"probability", NumberJson(one.probability)}});
      }
      results.push_back(std::move(row));
    }
    json["results"] = std::move(results);
  }
  PrintJson(json, out);
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOutput(options.output, OutputKinds::kArrays, session.options()));
  if (options.logits) {
    CAE_RETURN_IF_ERROR(CheckBesideOutput("--logits", options.output, session.options()));
  }
  CAE_ASSIGN_OR_RETURN(const RowTask task, PrepareRows(options.rows, session));
  CAE_ASSIGN_OR_RETURN(const std::optional<std::vector<int>> labels,
                       ReadLabels(options, task, session.streams()));
  ProgressBar progress(session.streams(), task.rows.rows(), "rows");
  CAE_ASSIGN_OR_RETURN(
      const ClassifyResult result,
      task.target.client->Classify(task.target.model, task.rows.view(),
                                   {.top_k = options.output.path.empty() ? options.top_k : 0,
                                    .include_logits = options.logits,
                                    .allow_out_of_range = options.rows.allow_out_of_range,
                                    .progress = [&](Index rows) { progress.Show(rows); }}));
  progress.Wipe();
  std::optional<Score> score;
  if (labels.has_value()) score = Compare(result, *labels);
  const Index classes = task.target.card->class_labels_size();
  const Matrix probabilities = Probabilities(result, classes);
  std::vector<OutputArray> arrays = {MatrixArray("probabilities", probabilities)};
  if (options.logits) arrays.push_back(MatrixArray("logits", result.logits));
  if (!options.output.path.empty()) {
    CAE_RETURN_IF_ERROR(WriteArrays(options.output.path, arrays, session.streams()));
  }
  if (session.options().json) {
    PrintResultJson(options, result, score, arrays, session.streams().out);
  } else {
    PrintText(options, result, score, arrays, session.report(options.output.path));
  }
  return absl::OkStatus();
}

}  // namespace

Command AddClassifyCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser =
      cae.add_subcommand("classify", "Classes of inputs with their probabilities, error rate");
  AddRowOptions(*parser, options->rows);
  parser
      ->add_option("--labels", options->labels,
                   "True classes, 0, 1, ...: .npy, .npz or idx, also as .gz; prints the error rate")
      ->type_name("FILE");
  AddOutputOption(*parser,
                  "Write the probabilities [rows, classes]: .npy, .npz, or - for npy on stdout",
                  options->output);
  parser->add_option("--top-k", options->top_k, "Classes a row to tell, 0 = all; files have all")
      ->check(AtLeast(0))
      ->capture_default_str()
      ->type_name("K");
  parser->add_flag("--logits", options->logits,
                   "Also tell the logits [rows, classes], what the probabilities come from: .npz, "
                   "--json");
  parser->footer(
      "Examples:\n"
      "  cae classify --input digit.png\n"
      "  cae classify --input t10k-images-idx3-ubyte --labels t10k-labels-idx1-ubyte\n"
      "  cae classify --input digits.npy --logits --output classes.npz --json");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
