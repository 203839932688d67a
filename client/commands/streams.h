// Streams: what a command reads from and writes to, so that tests can look.
#ifndef CAE_CLIENT_COMMANDS_STREAMS_H_
#define CAE_CLIENT_COMMANDS_STREAMS_H_

#include <ostream>

namespace cae {

/// Not owned. Results go to `out`, everything else to `err`.
struct Streams {
  int input = 0;  ///< file descriptor of standard input
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;  ///< progress is shown only there
};

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_STREAMS_H_
