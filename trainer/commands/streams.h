// Streams: where a command of `cae-train` writes; tests give it their own.
#ifndef CAE_TRAINER_COMMANDS_STREAMS_H_
#define CAE_TRAINER_COMMANDS_STREAMS_H_

#include <ostream>

namespace cae {

/// Owns nothing. Results go to `out`, progress and failures to `err`.
struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
};

}  // namespace cae

#endif  // CAE_TRAINER_COMMANDS_STREAMS_H_
