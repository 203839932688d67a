// Options that commands of `cae-train` have in common.
#ifndef CAE_TRAINER_COMMANDS_COMMON_OPTIONS_H_
#define CAE_TRAINER_COMMANDS_COMMON_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <string>

namespace cae {

/// --threads, at most 256; all of the machine's without it.
void AddThreadsOption(CLI::App& parser, int& threads,
                      const std::string& text = "The numbers are the same with any number");

/// --data: the folder that LoadDataSet reads; empty without it, for DefaultDataFolder.
void AddDataOption(
    CLI::App& parser, std::string& folder,
    const std::string& text = "Where the data lies (default: where `cae-train fetch` puts it)");

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_COMMON_OPTIONS_H_
