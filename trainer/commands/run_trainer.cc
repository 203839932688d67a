#include "trainer/commands/run_trainer.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "trainer/commands/commands.h"
#include "trainer/commands/exit_code.h"

namespace cae {
namespace {

constexpr char kDescription[] =
    "Makes contractive auto-encoders, the models that cae-server serves.";
constexpr char kFooter[] =
    "Examples:\n"
    "  cae-train fetch mnist\n"
    "  cae-train train trainer/recipes/mnist-cae1.json --output model.safetensors\n"
    "  cae-train finetune trainer/recipes/mnist-cae1.json --model model.safetensors \\\n"
    "    --output model.safetensors\n"
    "  cae-train evaluate model.safetensors\n"
    "  cae-train inspect model.safetensors\n"
    "`cae-train SUBCOMMAND --help` shows more.\n"
    "Exit codes: 0 OK, 1 a failure, 2 wrong usage or a faulty recipe, 130 or 143 when stopped by\n"
    "SIGINT or SIGTERM.";

int RunParsed(const std::vector<Command>& commands, Streams& streams) {
  const auto chosen = std::find_if(commands.begin(), commands.end(),
                                   [](const Command& command) { return command.parser->parsed(); });
  absl::Status status = chosen->run(streams);
  streams.out.flush();
  if (status.ok() && !streams.out.good()) {
    status = absl::DataLossError("cannot write to standard output");
  }
  if (!status.ok()) streams.err << "cae-train: " << std::string(status.message()) << "\n";
  return ExitCode(status);
}

}  // namespace

int RunTrainer(std::vector<std::string> arguments, Streams streams) {
  CLI::App cae_train(kDescription, "cae-train");
  cae_train.footer(kFooter);
  cae_train.set_version_flag("--version", std::string("cae-train " CAE_VERSION));
  cae_train.require_subcommand(1);
  const std::vector<Command> commands = {
      AddFetchCommand(cae_train),           AddTrainCommand(cae_train),
      AddFinetuneCommand(cae_train),        AddEvaluateCommand(cae_train),
      AddEvaluateSamplesCommand(cae_train), AddLinearCommand(cae_train),
      AddBaselineCommand(cae_train),        AddInspectCommand(cae_train),
      AddCheckGradientCommand(cae_train),   AddSearchCommand(cae_train),
      AddReproduceCommand(cae_train)};
  std::reverse(arguments.begin(), arguments.end());  // the order that CLI11 wants
  try {
    cae_train.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return cae_train.exit(error, streams.out, streams.err) == 0 ? 0 : 2;
  }
  return RunParsed(commands, streams);
}

}  // namespace cae
