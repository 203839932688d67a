#include "client/commands/sample_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/failure.h"
#include "client/commands/output_file.h"
#include "client/commands/picture.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

/// The command line that makes the same draws again, together with those before them if the run
/// was a continued one.
std::string RepeatText(const SampleReport& report) {
  const v1::SampleHeader& header = report.run.header;
  std::string text = absl::StrFormat(
      "cae sample --model %s:%d --seed %d --noise %s --process %s --rank %d --chains %d "
      "--first-chain %d --draws %d --burn-in %d --thinning %d",
      header.model().name(), header.model().version(), header.seed(),
      Json(header.noise_stddev()).dump(), EnumWord(v1::SampleProcess_Name(header.process())),
      header.rank(), header.chains(), header.first_chain(),
      report.run.first_draw + report.run.draws, header.burn_in(), header.thinning());
  if (!report.initial.empty()) absl::StrAppend(&text, " --initial ", report.initial);
  return text;
}

std::vector<OutputArray> ArraysOf(const SampleReport& report) {
  const auto by_draw = [&](const std::string& name, const Matrix& values) {
    return OutputArray{.name = name,
                       .values = values,
                       .shape = {report.run.draws, report.run.header.chains(), values.cols()},
                       .type = report.output.npy_type()};
  };
  std::vector<OutputArray> arrays = {by_draw("samples", report.run.samples)};
  if (report.run.codes.size() > 0) arrays.push_back(by_draw("codes", report.run.codes));
  return arrays;
}

void PrintText(const SampleReport& report, std::ostream& out) {
  const SampleRun& run = report.run;
  const v1::SampleHeader& header = run.header;
  out << absl::StreamFormat("%d draws of each of %d chains by %s: %s\n", run.draws, header.chains(),
                            DescribeModel(header.model().name(), header.model().version()),
                            RangeText(run.samples));
  if (run.first_draw > 0) {
    out << absl::StreamFormat("draws %d to %d since the start of the chains\n", run.first_draw,
                              run.first_draw + run.draws - 1);
  }
  if (run.diagnostics.has_value()) out << DiagnosticsText(*run.diagnostics, report.card);
  out << WrittenText(report.output.path, ArraysOf(report));
  for (const std::string& note : report.notes) out << note << "\n";
  out << absl::StreamFormat("seed %d, noise %g, process %s, rank %d\n", header.seed(),
                            header.noise_stddev(),
                            EnumWord(v1::SampleProcess_Name(header.process())), header.rank())
      << "repeat with: " << RepeatText(report) << "\n";
}

void PrintResultJson(const SampleReport& report, std::ostream& out) {
  const SampleRun& run = report.run;
  const v1::SampleHeader& header = run.header;
  Json json = ResultJson(header.model());
  json["seed"] = header.seed();
  json["noise_stddev"] = header.noise_stddev();
  json["process"] = EnumWord(v1::SampleProcess_Name(header.process()));
  json["rank"] = header.rank();
  json["burn_in"] = header.burn_in();
  json["thinning"] = header.thinning();
  json["chains"] = header.chains();
  json["first_chain"] = header.first_chain();
  json["first_draw"] = run.first_draw;
  json["draws"] = run.draws;
  json["repeat_with"] = RepeatText(report);
  if (run.diagnostics.has_value()) json["diagnostics"] = DiagnosticsJson(*run.diagnostics);
  AddArraysJson(ArraysOf(report), report.output.path, json);
  PrintJson(json, out);
}

}  // namespace

absl::Status WriteSamples(const SampleReport& report, const Streams& streams) {
  const std::string& path = report.output.path;
  if (path.empty()) return absl::OkStatus();
  if (!IsPngPath(path)) return WriteArrays(path, ArraysOf(report), streams);
  CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(report.card));
  layout.columns = report.run.draws;
  CAE_ASSIGN_OR_RETURN(const Image picture,
                       Local(GreyImageGrid(ToGrey(report.run.ByChain(), report.card), layout)));
  return WritePicture(report.output, picture);
}

void PrintSamples(const SampleReport& report, Session& session) {
  if (session.options().json) {
    PrintResultJson(report, session.streams().out);
  } else {
    PrintText(report, session.report(report.output.path));
  }
}

}  // namespace cae
