#include "client/commands/session.h"

#include <cstdint>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/commands/failure.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxTokenBytes = 64 << 10;

}  // namespace

absl::StatusOr<Client*> Session::client() {
  if (client_.has_value()) return &*client_;
  ClientOptions options;
  options.server = options_.server;
  options.tls = options_.tls;
  options.connection.retry.max_attempts = options_.attempts;
  if (options_.timeout.has_value()) options.connection.timeout = *options_.timeout;
  if (!options_.token_file.empty()) {
    CAE_ASSIGN_OR_RETURN(const std::string token,
                         Local(ReadFile(options_.token_file, kMaxTokenBytes)));
    options.bearer_token = std::string(absl::StripAsciiWhitespace(token));
  }
  CAE_ASSIGN_OR_RETURN(client_, Local(Client::Connect(options)));
  return &*client_;
}

absl::StatusOr<Target> Session::target(const std::string& fallback) {
  CAE_ASSIGN_OR_RETURN(Client * client, this->client());
  if (!card_.has_value()) {
    const std::string& model = options_.model.empty() ? fallback : options_.model;
    if (model.empty()) {
      CAE_ASSIGN_OR_RETURN(card_, ChooseModel(*client));
    } else {
      absl::StatusOr<ModelReference> reference = ModelReference::Parse(model);
      if (!reference.ok()) return UsageFailure(reference.status().message());
      CAE_ASSIGN_OR_RETURN(card_, client->GetModel(*reference));
    }
  }
  return Target{.client = client,
                .card = &*card_,
                .model = {.name = card_->name(), .version = card_->version(), .label = ""}};
}

absl::StatusOr<v1::Model> Session::ChooseModel(Client& client) {
  CAE_ASSIGN_OR_RETURN(const std::vector<v1::Model> models, client.ListModels());
  std::set<std::string> ready;
  std::string chosen;
  for (const v1::Model& model : models) {
    if (model.state() != v1::MODEL_STATE_READY) continue;
    if (chosen.empty()) chosen = model.name();
    ready.insert(model.name());
  }
  if (chosen.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "no model of the server is ready; it knows of ", models.size(), " (`cae models`)"));
  }
  if (ready.size() > 1) {
    streams_.err << "cae: taking model '" << chosen << "', the first of " << ready.size()
                 << "; choose another with --model\n";
  }
  return client.GetModel({.name = chosen, .version = 0, .label = ""});
}

}  // namespace cae
