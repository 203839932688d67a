// The subcommands of `cae`, one file each.
#ifndef CAE_CLIENT_COMMANDS_COMMANDS_H_
#define CAE_CLIENT_COMMANDS_COMMANDS_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/status/status.h"
#include "client/commands/session.h"

namespace cae {

/// A subcommand: where its options are parsed, and what runs once they are. Failures are marked
/// (failure.h).
struct Command {
  CLI::App* parser = nullptr;
  std::function<absl::Status(Session&)> run;
};

// Each adds its parser to `cae`; the function returned holds the parsed options.
Command AddEncodeCommand(CLI::App& cae);
Command AddDecodeCommand(CLI::App& cae);
Command AddReconstructCommand(CLI::App& cae);
Command AddTangentsCommand(CLI::App& cae);
Command AddSampleCommand(CLI::App& cae);
Command AddReplayCommand(CLI::App& cae);
Command AddClassifyCommand(CLI::App& cae);
Command AddModelsCommand(CLI::App& cae);
Command AddHealthCommand(CLI::App& cae);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_COMMANDS_H_
