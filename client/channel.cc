#include "client/channel.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <cstdint>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxPemBytes = 1 << 20;
constexpr int kReconnectMilliseconds = 100;
// Above every card's max_message_bytes that makes sense, and still a bound for a broken server.
constexpr int kMaxReceiveBytes = 256 << 20;

bool IsThisMachine(absl::string_view server) {
  for (const absl::string_view prefix :
       {"unix:", "unix-abstract:", "localhost:", "127.0.0.1:", "[::1]:", "ipv4:127.0.0.1:"}) {
    if (absl::StartsWith(server, prefix)) return true;
  }
  return server == "localhost";
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> MakeCredentials(
    const ClientOptions& options) {
  const TlsOptions& tls = options.tls;
  if (tls.certificate.empty() != tls.key.empty()) {
    return absl::InvalidArgumentError(
        "a client certificate and its key go together; one is missing");
  }
  if (tls.root_certificates.empty()) {
    if (!tls.certificate.empty()) {
      return absl::InvalidArgumentError(
          "a client certificate needs the root certificates of the server, too");
    }
    if (!options.bearer_token.empty() && !IsThisMachine(options.server)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a bearer token would cross the network to '", options.server,
                       "' in the clear; give the root certificates for TLS"));
    }
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions ssl;
  CAE_ASSIGN_OR_RETURN(ssl.pem_root_certs, ReadFile(tls.root_certificates, kMaxPemBytes));
  if (!tls.certificate.empty()) {
    CAE_ASSIGN_OR_RETURN(ssl.pem_cert_chain, ReadFile(tls.certificate, kMaxPemBytes));
    CAE_ASSIGN_OR_RETURN(ssl.pem_private_key, ReadFile(tls.key, kMaxPemBytes));
  }
  return grpc::SslCredentials(ssl);
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ClientOptions& options) {
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<grpc::ChannelCredentials> credentials,
                       MakeCredentials(options));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // Fast enough that a retry meets a new connection attempt, not the memory of the last failure.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kReconnectMilliseconds);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, kReconnectMilliseconds);
  return grpc::CreateCustomChannel(options.server, credentials, arguments);
}

}  // namespace cae
