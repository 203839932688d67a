// ListenAddress: the host and port of a listener.
#ifndef CAE_SERVER_CONFIG_LISTEN_ADDRESS_H_
#define CAE_SERVER_CONFIG_LISTEN_ADDRESS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// Plain data.
struct ListenAddress {
  std::string host;  ///< without brackets: "127.0.0.1", "::1", "localhost"
  int port = 0;      ///< 0 = any free one

  /// From "host:port", a host of IPv6 in brackets: "[::1]:50051". INVALID_ARGUMENT says what is
  /// wrong.
  static absl::StatusOr<ListenAddress> Parse(absl::string_view text);

  /// As Parse takes it.
  std::string ToString() const;

  /// True where no other machine can reach it.
  bool is_loopback() const;
};

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_LISTEN_ADDRESS_H_
