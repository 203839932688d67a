// The subcommands of `cae-train`, one file each.
#ifndef CAE_TRAINER_COMMANDS_COMMANDS_H_
#define CAE_TRAINER_COMMANDS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/status/status.h"
#include "trainer/commands/streams.h"

namespace cae {

/// A subcommand: where its options are parsed, and what runs once they are. Mistakes of the user
/// are marked (exit_code.h).
struct Command {
  CLI::App* parser = nullptr;
  std::function<absl::Status(Streams&)> run;
};

// Each adds its parser to `cae_train`; the function returned holds the parsed options.
Command AddFetchCommand(CLI::App& cae_train);
Command AddTrainCommand(CLI::App& cae_train);
Command AddFinetuneCommand(CLI::App& cae_train);
Command AddEvaluateCommand(CLI::App& cae_train);
Command AddEvaluateSamplesCommand(CLI::App& cae_train);
Command AddLinearCommand(CLI::App& cae_train);
Command AddBaselineCommand(CLI::App& cae_train);
Command AddInspectCommand(CLI::App& cae_train);
Command AddCheckGradientCommand(CLI::App& cae_train);
Command AddSearchCommand(CLI::App& cae_train);
Command AddReproduceCommand(CLI::App& cae_train);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_COMMANDS_H_
