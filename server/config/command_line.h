// The command line of cae-server.
#ifndef CAE_SERVER_CONFIG_COMMAND_LINE_H_
#define CAE_SERVER_CONFIG_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "cae/v1/server_config.pb.h"

namespace cae {

/// What the command line and the file that it names ask for.
struct CommandLine {
  enum class Action { kServe, kCheckConfig, kShowHelp, kShowVersion };

  Action action = Action::kServe;
  v1::ServerConfig config;            ///< checked, with its defaults, if there are no problems
  std::vector<std::string> problems;  ///< all of them, one sentence each
  std::string help;                   ///< for kShowHelp
};

/// Flags as `--name=value` or `--name value`; they override the file of --config. Reads that file
/// and nothing else. Thread-safe.
CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_COMMAND_LINE_H_
