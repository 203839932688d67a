// How a command of `cae-train` fails.
//
// 0 OK, 1 a failure, 2 wrong usage or a faulty recipe, 128 + signal when a signal stopped it.
#ifndef CAE_TRAINER_COMMANDS_EXIT_CODE_H_
#define CAE_TRAINER_COMMANDS_EXIT_CODE_H_

#include "absl/status/status.h"

namespace cae {

/// Marks a status as the user's mistake: exit code 2. OK stays OK.
absl::Status Usage(absl::Status status);

/// For main. CANCELLED comes from a signal (InterruptGuard).
int ExitCode(const absl::Status& status);

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_EXIT_CODE_H_
