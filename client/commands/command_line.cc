#include "client/commands/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/help_formatter.h"
#include "client/commands/number_check.h"
#include "client/commands/session.h"

namespace cae {
namespace {

constexpr char kDescription[] =
    "Asks a cae-server: codes, reconstructions, tangent planes, classes and samples of "
    "contractive\n"
    "auto-encoders.";
constexpr char kFooter[] =
    "Examples:\n"
    "  cae models\n"
    "  cae sample --chains 10 --draws 20 --output samples.png --scale 2\n"
    "  cae tangents --input digit.png --rank 12 --output tangents.png --scale 4\n"
    "  cae classify --input t10k-images-idx3-ubyte --labels t10k-labels-idx1-ubyte\n"
    "`cae SUBCOMMAND --help` shows more. The options above may stand behind the subcommand, too;\n"
    "--json prints one object on one line of standard output, whatever the subcommand.\n"
    "Exit codes: 0 OK, 1 a failure here (a file), 2 wrong usage, else 10 + the gRPC status code.";

/// "2.5s", "500ms", "1m30s", or plain seconds.
std::string ParseTimeout(const std::string& text, std::optional<absl::Duration>* timeout) {
  absl::Duration duration;
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) {
    duration = absl::Seconds(seconds);
  } else if (!absl::ParseDuration(text, &duration)) {
    return "'" + text + "' is no time: write 30, 2.5s, 500ms or 1m30s";
  }
  if (!(duration > absl::ZeroDuration())) return "must be more than 0";
  *timeout = duration;
  return "";
}

void AddGlobalOptions(CLI::App& cae, GlobalOptions& options) {
  cae.add_option("--server", options.server, "Where the server is: host:port or unix:/path")
      ->envname("CAE_SERVER")
      ->capture_default_str()
      ->type_name("ADDRESS");
  cae.add_option("--model", options.model, "The model (default: the only one, or the first listed)")
      ->type_name("NAME[:VERSION|@LABEL]");
  cae.add_option_function<std::string>(
         "--timeout",
         [&options](const std::string& text) {
           const std::string complaint = ParseTimeout(text, &options.timeout);
           if (!complaint.empty()) throw CLI::ValidationError("--timeout", complaint);
         },
         "Longest wait for an answer (default: 30 s a request, no limit for `sample`)")
      ->type_name("SECONDS");
  cae.add_option("--attempts", options.attempts, "Attempts a request while the server is busy")
      ->check(AtLeast(1))
      ->capture_default_str()
      ->type_name("N");
  cae.add_flag("--json", options.json, "Print the result as one JSON object");
  cae.add_option("--tls-ca", options.tls.root_certificates,
                 "Use TLS and trust these root certificates (PEM)")
      ->type_name("FILE");
  cae.add_option("--tls-cert", options.tls.certificate, "Own certificate for mutual TLS (PEM)")
      ->type_name("FILE");
  cae.add_option("--tls-key", options.tls.key, "Key of the own certificate (PEM)")
      ->type_name("FILE");
  cae.add_option("--token-file", options.token_file, "Send the bearer token in this file")
      ->envname("CAE_TOKEN_FILE")
      ->type_name("FILE");
}

/// What is wrong with the arguments. CLI11 misses a required option before it looks at words that
/// it does not know, which most often are why it is missing.
std::string Complaint(const CLI::App& cae, const CLI::ParseError& error) {
  const std::vector<std::string> unknown = cae.remaining(true);
  if (unknown.empty() || dynamic_cast<const CLI::RequiredError*>(&error) == nullptr) {
    return error.what();
  }
  if (absl::StartsWith(unknown[0], "-")) return absl::StrCat("there is no option ", unknown[0]);
  return absl::StrCat("'", unknown[0], "' is no subcommand or option");
}

int RunParsed(const std::vector<Command>& commands, const GlobalOptions& options,
              Streams& streams) {
  const auto chosen = std::find_if(commands.begin(), commands.end(),
                                   [](const Command& command) { return command.parser->parsed(); });
  Session session(options, streams);
  absl::Status status = chosen->run(session);
  streams.out.flush();
  if (status.ok() && !streams.out.good()) {
    status = Local(absl::DataLossError("cannot write to standard output"));
  }
  if (!status.ok()) streams.err << DescribeFailure(status, options.server);
  return ExitCode(status);
}

}  // namespace

int RunCommandLine(std::vector<std::string> arguments, Streams streams) {
  CLI::App cae(kDescription, "cae");
  cae.formatter(std::make_shared<HelpFormatter>());  // before the subcommands, as fallthrough
  cae.footer(kFooter);
  cae.set_version_flag("--version", std::string("cae " CAE_VERSION));
  cae.require_subcommand(1);
  cae.fallthrough();  // before the subcommands, which inherit it
  GlobalOptions options;
  AddGlobalOptions(cae, options);
  const std::vector<Command> commands = {
      AddEncodeCommand(cae),   AddDecodeCommand(cae), AddReconstructCommand(cae),
      AddTangentsCommand(cae), AddSampleCommand(cae), AddReplayCommand(cae),
      AddClassifyCommand(cae), AddModelsCommand(cae), AddHealthCommand(cae)};
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 wants
  try {
    cae.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return cae.exit(error, streams.out, streams.err);
    const absl::Status failure = UsageFailure(Complaint(cae, error));
    streams.err << DescribeFailure(failure, options.server)
                << "     `cae --help` and `cae SUBCOMMAND --help` show what there is\n";
    return ExitCode(failure);
  }
  return RunParsed(commands, options, streams);
}

}  // namespace cae
