// How a command fails: what it tells and the exit code it leaves.
//
// 0 OK, 1 a failure on this machine (a file), 2 wrong usage, otherwise 10 + the gRPC status code.
#ifndef CAE_CLIENT_COMMANDS_FAILURE_H_
#define CAE_CLIENT_COMMANDS_FAILURE_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// Marks a status as a failure on this machine. OK stays OK.
absl::Status Local(absl::Status status);
template <typename T>
absl::StatusOr<T> Local(absl::StatusOr<T> value) {
  if (value.ok()) return value;
  return Local(std::move(value).status());
}

/// The user asked for something that no command line may ask for.
absl::Status UsageFailure(absl::string_view message);

/// For main. An unmarked status came from the server or from the way there.
int ExitCode(const absl::Status& status);

/// What to print on stderr: the message, and in a second line what to do next where that is known.
/// `server` is the address that was called.
std::string DescribeFailure(const absl::Status& status, absl::string_view server);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_FAILURE_H_
