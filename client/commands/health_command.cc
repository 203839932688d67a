#include <string>

#include "absl/strings/str_cat.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "core/base/status_macros.h"
#include "proto/codec/status_codec.h"

namespace cae {
namespace {

using grpc::health::v1::HealthCheckResponse;

absl::Status Run(Session& session) {
  CAE_ASSIGN_OR_RETURN(Client * client, session.client());
  const std::string& name = session.options().model;
  CAE_ASSIGN_OR_RETURN(const HealthCheckResponse::ServingStatus health, client->CheckHealth(name));
  const std::string word = HealthCheckResponse::ServingStatus_Name(health);
  if (session.options().json) {
    Json json = Json::object();
    json["server"] = session.options().server;
    json["model"] = name;
    json["status"] = word;
    PrintJson(json, session.streams().out);
  } else {
    session.streams().out << word << "\n";
  }
  if (health == HealthCheckResponse::SERVING) return absl::OkStatus();
  const std::string who = name.empty() ? "the server" : absl::StrCat("model '", name, "'");
  return WithErrorInfo(absl::UnavailableError(absl::StrCat(who, " is ", word)), word);
}

}  // namespace

Command AddHealthCommand(CLI::App& cae) {
  CLI::App* parser = cae.add_subcommand(
      "health", "Whether the server, or the model of --model, answers; asks once");
  parser->footer(
      "Exits 0 when SERVING, 24 when not, or when there is no server, 15 for an unknown model.\n"
      "Examples:\n"
      "  cae health\n"
      "  cae health --model mnist-cae1 --server localhost:50051 --timeout 2s");
  return {parser, [](Session& session) { return Run(session); }};
}

}  // namespace cae
