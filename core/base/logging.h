// How the programs log: spdlog on stderr, one line an event, so that stdout stays free for results.
// Everywhere else just include <spdlog/spdlog.h> and call spdlog::info("...", ...).
#ifndef CAE_CORE_BASE_LOGGING_H_
#define CAE_CORE_BASE_LOGGING_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace cae {

enum class LogFormat {
  kText,  ///< "2026-11-23T16:50:33.123Z info  message", coloured on a terminal
  kJson,  ///< {"time":"...","level":"info","message":"..."}, for log collectors
};

/// Makes the process log to stderr in this format. Call once, at the start of main.
void InitLogging(LogFormat format);

/// Sets the level, "trace", "debug", "info", "warning", "error" or "off"; INVALID_ARGUMENT for
/// another word. Thread-safe.
absl::Status SetLogLevel(absl::string_view level);

}  // namespace cae

#endif  // CAE_CORE_BASE_LOGGING_H_
