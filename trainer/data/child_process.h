// RunChildProcess: another program, run to its end without a shell.
#ifndef CAE_TRAINER_DATA_CHILD_PROCESS_H_
#define CAE_TRAINER_DATA_CHILD_PROCESS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace cae {

/// Starts argv[0], found along PATH, in `folder` and waits for it; its standard input is empty, its
/// output and errors are kept for the message. NOT_FOUND if there is no such program, INTERNAL with
/// the end of what it printed if it does not exit with 0. No word of argv is ever interpreted.
absl::Status RunChildProcess(const std::vector<std::string>& argv, const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_CHILD_PROCESS_H_
