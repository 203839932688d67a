// ClientOptions: how a client reaches its server.
#ifndef CAE_CLIENT_CLIENT_OPTIONS_H_
#define CAE_CLIENT_CLIENT_OPTIONS_H_

#include <string>

#include "client/connection.h"

namespace cae {

/// Certificates, as files in PEM format. TLS is used where root_certificates is set.
struct TlsOptions {
  std::string root_certificates = {};  ///< whom to trust; empty = no TLS
  std::string certificate = {};        ///< our own, for servers that want mutual TLS; with `key`
  std::string key = {};
};

/// Plain data.
struct ClientOptions {
  std::string server = "localhost:50051";  ///< host:port or unix:/path
  TlsOptions tls = {};
  /// Sent with every call unless empty. Without TLS it is sent only to this machine.
  std::string bearer_token = {};
  ConnectionOptions connection = {};
};

}  // namespace cae

#endif  // CAE_CLIENT_CLIENT_OPTIONS_H_
