#include <bit>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/input_contents.h"
#include "client/commands/sample_report.h"
#include "client/commands/sample_run.h"
#include "client/sample_recording.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxRecordingBytes = std::int64_t{16} << 30;
// What stands in a command line for inputs that only the recording has.
constexpr char kRecordedInputs[] = "INPUTS_OF_THE_RECORDING";

struct Options {
  std::string file;
  OutputOptions output;
  bool partial = false;
  bool verify = false;
};

/// Where two matrices of draws differ in bits first, as words; nullopt where nowhere.
std::optional<std::string> FirstDifference(absl::string_view what, const Matrix& recorded,
                                           const Matrix& now, const SampleRun& run) {
  if (recorded.rows() != now.rows() || recorded.cols() != now.cols()) {
    return absl::StrCat("the ", what, " have another shape");
  }
  const Index chains = run.header.chains();
  for (Index row = 0; row < recorded.rows(); ++row) {
    for (Index unit = 0; unit < recorded.cols(); ++unit) {
      const float was = recorded(row, unit);
      const float is = now(row, unit);
      if (std::bit_cast<std::uint32_t>(was) == std::bit_cast<std::uint32_t>(is)) continue;
      return absl::StrFormat(
          "%s: draw %d of chain %d differs first, in unit %d: %.9g was recorded, "
          "the server says %.9g",
          what, run.first_draw + row / chains, run.header.first_chain() + row % chains, unit, was,
          is);
    }
  }
  return std::nullopt;
}

/// OK if the server gives the recorded bits once more.
absl::Status Verify(const SampleRecording& recording, const SampleRun& run, Session& session) {
  const v1::ModelIdentity& recorded = run.header.model();
  CAE_ASSIGN_OR_RETURN(const Target target,
                       session.target(absl::StrCat(recorded.name(), ":", recorded.version())));
  const v1::Model& card = *target.card;
  if (card.digest() != recorded.digest() || card.fingerprint() != recorded.fingerprint()) {
    const bool file = card.digest() != recorded.digest();
    return Local(absl::FailedPreconditionError(
        absl::StrCat("not verified: ", DescribeModel(card.name(), card.version()), " has the ",
                     file ? "digest " : "fingerprint ", file ? card.digest() : card.fingerprint(),
                     ", the recording ", file ? recorded.digest() : recorded.fingerprint(),
                     ": other bits are to be expected")));
  }
  v1::SampleRequest request = recording.ReplayRequest();
  *request.mutable_model() = target.model.ToSelector();
  SampleStream stream =
      target.client->Sample(request, session.options().timeout.value_or(absl::InfiniteDuration()));
  CAE_ASSIGN_OR_RETURN(const SampleRun now, CollectSamples(stream, run.draws, session.streams()));
  std::optional<std::string> difference = FirstDifference("samples", run.samples, now.samples, run);
  if (!difference.has_value()) difference = FirstDifference("codes", run.codes, now.codes, run);
  if (!difference.has_value()) return absl::OkStatus();
  return Local(absl::DataLossError(absl::StrCat("not verified: ", *difference)));
}

absl::Status Run(const Options& options, Session& session) {
  CAE_RETURN_IF_ERROR(
      CheckOutput(options.output, OutputKinds::kArraysOrPicture, session.options()));
  CAE_ASSIGN_OR_RETURN(const std::string bytes,
                       Local(options.file == "-" ? ReadStream(session.streams().input,
                                                              "standard input", kMaxRecordingBytes)
                                                 : ReadFile(options.file, kMaxRecordingBytes)));
  const absl::StatusOr<SampleRecording> recording = SampleRecording::Open(bytes);
  if (!recording.ok()) return InInput(options.file, recording.status());
  const RecordingExtent& extent = recording->extent();
  if (!extent.damage.ok()) {
    const absl::Status damage = InInput(options.file, extent.damage);
    if (!options.partial || extent.draws == 0) {
      return Local(absl::DataLossError(
          absl::StrCat(damage.message(), "; ", extent.draws, " draws before it are whole",
                       extent.draws > 0 ? " (--partial takes them)" : "")));
    }
    session.streams().err << "cae: " << damage.message() << "; taking the " << extent.draws
                          << " draws before it\n";
  }
  SampleStream stream(recording->Play());
  absl::StatusOr<SampleRun> run = CollectSamples(stream, extent.draws, session.streams());
  if (!run.ok()) return InInput(options.file, run.status());
  SampleReport report{.run = *std::move(run), .card = recording->card(), .output = options.output};
  report.output.type = recording->request().output_data_type();
  if (recording->request().has_initial_inputs()) report.initial = kRecordedInputs;
  if (options.verify) {
    CAE_RETURN_IF_ERROR(Verify(*recording, report.run, session));
    report.notes.push_back("verified: the server gives the same bits again");
  }
  CAE_RETURN_IF_ERROR(WriteSamples(report, session.streams()));
  PrintSamples(report, session);
  return absl::OkStatus();
}

}  // namespace

Command AddReplayCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae.add_subcommand(
      "replay", "Results of a run that `cae sample --record` wrote, without a server");
  parser->add_option("file", options->file, "The recording, or - for standard input")
      ->required()
      ->type_name("FILE");
  AddOutputOption(*parser,
                  "Write the draws as `cae sample` would have: .npy, .npz, .png, or - for npy on "
                  "stdout",
                  options->output);
  AddScaleOption(*parser, options->output);
  parser->add_flag("--partial", options->partial,
                   "Take the whole draws of a recording that was broken off or is damaged");
  parser->add_flag("--verify", options->verify,
                   "Ask the server for the same run and compare bit for bit; exit 1, naming the "
                   "first draw, where one differs");
  parser->footer(
      "Examples:\n"
      "  cae replay run.caes\n"
      "  cae replay run.caes --output samples.png --scale 2\n"
      "  cae replay run.caes --verify --server localhost:50051\n"
      "  cae replay broken_off.caes --partial --output samples.npz --json");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
