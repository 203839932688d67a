// What an input holds, found by looking at it, whatever it is called.
#ifndef CAE_CLIENT_COMMANDS_INPUT_CONTENTS_H_
#define CAE_CLIENT_COMMANDS_INPUT_CONTENTS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/commands/streams.h"

namespace cae {

enum class InputKind { kNpy, kPng, kIdx };

/// The bytes of an input, unpacked.
struct InputContents {
  std::string name;  ///< for messages
  InputKind kind = InputKind::kNpy;
  std::string bytes;
};

/// Reads a file, or standard input for "-". What gzip packed is unpacked; of an .npz archive it is
/// the array NAME of "FILE.npz:NAME", or the only one. Failures are marked (failure.h).
absl::StatusOr<InputContents> ReadInput(const std::string& path, const Streams& streams);

/// A failure to understand an input, with its name in front, marked.
absl::Status InInput(const std::string& name, const absl::Status& status);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_INPUT_CONTENTS_H_
