// The line that tells whoever started the server that it is ready, and where.
#ifndef CAE_SERVER_READY_LINE_H_
#define CAE_SERVER_READY_LINE_H_

#include <string>
#include <vector>

namespace cae {

/// One JSON object without a line feed: event, listen, metrics_listen (absent where there is no
/// such listener), models. Part of the process interface: keys stay, in this order. Pure.
std::string ReadyLine(const std::string& listen, const std::string& metrics_listen,
                      const std::vector<std::string>& models);

}  // namespace cae

#endif  // CAE_SERVER_READY_LINE_H_
