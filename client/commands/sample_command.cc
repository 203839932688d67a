#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/input_file.h"
#include "client/commands/sample_options.h"
#include "client/commands/sample_report.h"
#include "client/commands/sample_run.h"
#include "client/sample_recording.h"
#include "client/state_file.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

using Options = SampleCommandOptions;

constexpr int kChains = 10;
// All draws are kept until they are written.
constexpr std::int64_t kMaxSampleBytes = std::int64_t{8} << 30;

absl::Status CheckSize(const Options& options, std::int64_t chains, const v1::Model& card) {
  const std::int64_t codes = options.request.include_codes ? card.code_units() : 0;
  const double row_bytes = sizeof(float) * static_cast<double>(card.input_units() + codes);
  const double bytes = row_bytes * static_cast<double>(chains) * static_cast<double>(options.draws);
  if (bytes <= kMaxSampleBytes) return absl::OkStatus();
  return UsageFailure(absl::StrFormat(
      "%d chains of %d draws are %.1f GiB; fewer draws at a time with --state, or fewer chains "
      "with --first-chain, give the same bits in parts",
      chains, options.draws, bytes / (1 << 30)));
}

absl::Status CheckOptions(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(
      CheckOutput(options.output, OutputKinds::kArraysOrPicture, session.options()));
  if (options.request.include_codes && options.record.empty()) {
    CAE_RETURN_IF_ERROR(CheckBesideOutput("--codes", options.output, session.options()));
  }
  if (options.record == "-") return UsageFailure("--record writes a file; name one");
  if (options.grid.has_value() && options.initial.empty()) {
    return UsageFailure("--grid is for a picture that --initial names");
  }
  return absl::OkStatus();
}

/// The state that --state names; nullopt where there is no such file yet.
absl::StatusOr<std::optional<v1::SampleState>> ReadState(const std::string& path) {
  if (path.empty()) return std::nullopt;
  absl::StatusOr<v1::SampleState> state = ReadStateFile(path);
  if (absl::IsNotFound(state.status())) return std::nullopt;
  if (!state.ok()) return Local(state.status());
  return *std::move(state);
}

/// Records into `path` from the first message on: a request that is refused spoils no earlier
/// recording.
class Recording {
 public:
  Recording(std::string path, const v1::Model& card, SampleStream& stream)
      : path_(std::move(path)) {
    if (path_.empty()) return;
    stream.Observe([this, &card, request = stream.request()](const v1::SampleResponse& response) {
      if (!recorder_.has_value()) {
        absl::StatusOr<SampleRecorder> made = SampleRecorder::Create(path_, card, request);
        if (!made.ok()) return Local(made.status());
        recorder_ = *std::move(made);
      }
      return Local(recorder_->Append(response));
    });
  }

  absl::Status Finish() {
    return recorder_.has_value() ? Local(recorder_->Finish()) : absl::OkStatus();
  }
  /// Whether a part of a stream is in the file.
  bool started() const { return recorder_.has_value(); }

 private:
  const std::string path_;
  std::optional<SampleRecorder> recorder_;
};

/// Fills in what the options do not have: the start of the chains and how many they are.
SampleOptions MakeRequest(const Options& options, std::optional<v1::SampleState> state,
                          const std::optional<LoadedRows>& initial, const Session& session) {
  SampleOptions request = options.request;
  request.draws = options.draws;
  request.chains = options.chains.value_or(state.has_value() ? 1 : kChains);
  request.resume_from = std::move(state);
  request.output_data_type = options.output.type;
  if (initial.has_value()) request.initial_inputs.emplace(initial->view());
  if (session.options().timeout.has_value()) request.timeout = *session.options().timeout;
  return request;
}

/// The state after the last draw, for the next run.
absl::Status WriteState(const Options& options, const SampleRun& run) {
  if (!run.state.has_value() || run.state->draws_done() != run.first_draw + run.draws) {
    return absl::InternalError(
        "the server's answer is broken: the stream ended without the state of its last draw");
  }
  return Local(WriteStateFile(options.state, *run.state));
}

absl::StatusOr<SampleRun> RunChains(const Options& options, const SampleOptions& request,
                                    const Target& target, Streams& streams) {
  SampleStream stream = target.client->Sample(target.model, request);
  Recording recording(options.record, *target.card, stream);
  absl::StatusOr<SampleRun> run = CollectSamples(stream, request.draws, streams);
  if (run.ok()) {
    CAE_RETURN_IF_ERROR(recording.Finish());
  } else if (recording.started()) {
    streams.err << "cae: what came before the failure is in " << options.record
                << "; `cae replay --partial` reads it\n";
  }
  return run;
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(CheckOptions(options, session));
  CAE_ASSIGN_OR_RETURN(std::optional<v1::SampleState> state, ReadState(options.state));
  std::optional<LoadedRows> initial;
  if (!options.initial.empty()) {
    CAE_ASSIGN_OR_RETURN(initial, LoadRows(options.initial, options.grid, session.streams()));
  }
  const std::string of_state =
      state.has_value() ? absl::StrCat(state->model().name(), ":", state->model().version()) : "";
  CAE_ASSIGN_OR_RETURN(const Target target, session.target(of_state));
  if (initial.has_value()) CAE_RETURN_IF_ERROR(initial->FitInputs(*target.card));
  const bool resumed = state.has_value();
  const std::int64_t chains = resumed && state->tensor().shape_size() > 0
                                  ? state->tensor().shape(0)
                                  : options.chains.value_or(kChains);
  CAE_RETURN_IF_ERROR(CheckSize(options, chains, *target.card));
  const SampleOptions request = MakeRequest(options, std::move(state), initial, session);
  SampleReport report;
  CAE_ASSIGN_OR_RETURN(report.run, RunChains(options, request, target, session.streams()));
  report.card = *target.card;
  report.output = options.output;
  report.initial = options.initial;
  if (!options.record.empty()) report.notes.push_back(absl::StrCat("recorded ", options.record));
  if (!options.state.empty()) {
    report.notes.push_back(absl::StrFormat("%s %s: the next run goes on with draw %d",
                                           resumed ? "updated" : "wrote", options.state,
                                           report.run.first_draw + report.run.draws));
  }
  CAE_RETURN_IF_ERROR(WriteSamples(report, session.streams()));
  // After the draws: a state that went on without them would lose them.
  if (!options.state.empty()) CAE_RETURN_IF_ERROR(WriteState(options, report.run));
  PrintSamples(report, session);
  return absl::OkStatus();
}

}  // namespace

Command AddSampleCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand("sample", "Draws of Markov chains on the learnt manifold");
  AddSampleOptions(*parser, *options);
  parser->footer(
      "Examples:\n"
      "  cae sample --chains 10 --draws 20 --output samples.png --scale 2\n"
      "  cae sample --chains 100 --draws 1000 --burn-in 100 --thinning 10 --seed 7 --output s.npz\n"
      "  cae sample --chains 4 --initial digit.png --noise 0.5 --output from_digit.png\n"
      "  cae sample --draws 500 --state run.state --output part1.npy   # again: the next 500\n"
      "  cae sample --draws 100 --record run.caes && cae replay run.caes --output samples.png");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
