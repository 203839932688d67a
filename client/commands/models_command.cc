#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/commands.h"
#include "client/commands/failure.h"
#include "client/commands/json_report.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

struct Options {
  std::string name;
};

std::vector<std::string> TableRow(const v1::Model& model) {
  std::string units = absl::StrCat(model.input_units());
  for (const v1::LayerInfo& layer : model.layers()) absl::StrAppend(&units, "-", layer.units());
  return {model.name(),
          absl::StrCat(model.version()),
          EnumWord(v1::ModelState_Name(model.state())),
          model.labels_of_version().empty() ? "-" : absl::StrJoin(model.labels_of_version(), ","),
          model.layers().empty() ? "-" : units,
          model.has_classifier() ? absl::StrCat(model.class_labels_size()) : "-",
          model.state_message()};
}

absl::Status ListAll(Session& session) {
  CAE_ASSIGN_OR_RETURN(Client * client, session.client());
  CAE_ASSIGN_OR_RETURN(const std::vector<v1::Model> models, client->ListModels());
  if (session.options().json) {
    Json cards = Json::array();
    for (const v1::Model& model : models) cards.push_back(CardJson(model));
    Json json = Json::object();
    json["models"] = std::move(cards);
    PrintJson(json, session.streams().out);
    return absl::OkStatus();
  }
  std::vector<std::vector<std::string>> table = {
      {"NAME", "VERSION", "STATE", "LABELS", "UNITS", "CLASSES", ""}};
  for (const v1::Model& model : models) table.push_back(TableRow(model));
  session.streams().out << Table(table);
  if (models.empty()) session.streams().err << "cae: the server has no model\n";
  return absl::OkStatus();
}

absl::Status Run(const Options& options, Session& session) {
  const std::string& name = options.name.empty() ? session.options().model : options.name;
  if (name.empty()) return ListAll(session);
  const absl::StatusOr<ModelReference> reference = ModelReference::Parse(name);
  if (!reference.ok()) return UsageFailure(reference.status().message());
  CAE_ASSIGN_OR_RETURN(Client * client, session.client());
  CAE_ASSIGN_OR_RETURN(const v1::Model card, client->GetModel(*reference));
  if (session.options().json) {
    PrintJson(CardJson(card), session.streams().out);
  } else {
    session.streams().out << CardText(card);
  }
  return absl::OkStatus();
}

}  // namespace

Command AddModelsCommand(CLI::App& cae) {
  auto options = std::make_shared<Options>();
  CLI::App* parser =
      cae.add_subcommand("models", "The models that the server has, or the card of one");
  parser->add_option("name", options->name, "Tell everything about this one")
      ->type_name("NAME[:VERSION|@LABEL]");
  parser->footer(
      "Examples:\n"
      "  cae models\n"
      "  cae models mnist-cae2\n"
      "  cae models mnist-cae1:1 --json\n"
      "  cae models mnist-cae1@stable   # a label from the server's configuration");
  return {parser, [options](Session& session) { return Run(*options, session); }};
}

}  // namespace cae
