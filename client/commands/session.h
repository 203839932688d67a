// Session: one run of the `cae` program: its global options, its streams, its server and its model.
#ifndef CAE_CLIENT_COMMANDS_SESSION_H_
#define CAE_CLIENT_COMMANDS_SESSION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/client.h"
#include "client/commands/streams.h"

namespace cae {

/// The options that every subcommand takes. Plain data.
struct GlobalOptions {
  std::string server = "localhost:50051";
  std::string model;                      ///< NAME[:VERSION or @LABEL]; empty = chosen
  std::optional<absl::Duration> timeout;  ///< absent = 30 s for unary calls, none for streams
  bool json = false;
  int attempts = 5;
  TlsOptions tls;
  std::string token_file;
};

/// Whom a command talks to. The pointers live as long as the session.
struct Target {
  Client* client = nullptr;
  const v1::Model* card = nullptr;
  ModelReference model;  ///< by version, so that card and answers belong together
};

/// Thread-compatible.
class Session {
 public:
  Session(GlobalOptions options, Streams& streams)
      : options_(std::move(options)), streams_(streams) {}

  const GlobalOptions& options() const { return options_; }
  Streams& streams() { return streams_; }

  /// Where text for people goes: stdout, unless the result itself goes there.
  std::ostream& report(absl::string_view output) {
    return output == "-" ? streams_.err : streams_.out;
  }

  /// Connects at the first call.
  absl::StatusOr<Client*> client();

  /// The model of --model; without it the first one that is ready, and if there are others, stderr
  /// says which was taken. `fallback`, unless empty, is a model that goes before that choice. Asks
  /// the server at the first call.
  absl::StatusOr<Target> target(const std::string& fallback = "");

 private:
  absl::StatusOr<v1::Model> ChooseModel(Client& client);

  const GlobalOptions options_;
  Streams& streams_;
  std::optional<Client> client_;
  std::optional<v1::Model> card_;
};

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_SESSION_H_
