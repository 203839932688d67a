#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "trainer/commands/commands.h"
#include "trainer/model/model_summary.h"

namespace cae {
namespace {

using Json = nlohmann::json;

struct Options {
  std::string model;
  bool json = false;
};

std::string ProcessName(SampleProcess process) {
  return process == SampleProcess::kComposed ? "composed" : "top_layer";
}

Json LayersJson(const ModelParameters& parameters) {
  Json layers = Json::array();
  for (const LayerParameters& layer : parameters.layers) {
    layers.push_back({{"units", layer.units()},
                      {"activation", std::string(ActivationName(layer.encoder.activation))},
                      {"decoder_activation", std::string(ActivationName(layer.decoder_activation))},
                      {"tied", layer.tied()}});
  }
  return layers;
}

Json ToJson(const ModelSummary& summary) {
  const ModelCard& card = summary.parameters.card;
  Json tensors = Json::array();
  for (const TensorSummary& tensor : summary.tensors) {
    tensors.push_back({{"name", tensor.name}, {"dtype", tensor.dtype}, {"shape", tensor.shape}});
  }
  return {{"digest", summary.digest},
          {"bytes", summary.bytes},
          {"input_units", summary.parameters.input_units()},
          {"layers", LayersJson(summary.parameters)},
          {"has_classifier", summary.parameters.classifier.present()},
          {"tensors", tensors},
          {"card",
           {{"input_shape", card.input_shape},
            {"input_range", {card.input_minimum, card.input_maximum}},
            {"class_labels", card.class_labels},
            {"default_noise_stddev", card.default_noise_stddev},
            {"default_process", ProcessName(card.default_process)},
            {"default_rank", card.default_rank}}},
          {"training", card.training},
          {"golden",
           {{"rows", summary.golden.rows},
            {"largest_difference", summary.golden.largest_difference},
            {"ok", summary.golden.ok}}}};
}

void PrintCard(const ModelSummary& summary, std::ostream& out) {
  const ModelCard& card = summary.parameters.card;
  out << "card\n";
  const auto line = [&out](absl::string_view key, const std::string& value) {
    out << absl::StreamFormat("  %-22s %s\n", key, value);
  };
  line("input shape", absl::StrJoin(card.input_shape, " x "));
  line("input range", absl::StrCat(card.input_minimum, " to ", card.input_maximum));
  line("class labels", card.class_labels.empty() ? "none" : absl::StrJoin(card.class_labels, " "));
  line("default noise stddev", absl::StrCat(card.default_noise_stddev));
  line("default process", ProcessName(card.default_process));
  line("default rank",
       card.default_rank == 0 ? "0 (the whole Jacobian)" : absl::StrCat(card.default_rank));
  line("start examples", absl::StrCat(summary.parameters.start_examples.rows()));
}

void PrintTable(const ModelSummary& summary, std::ostream& out) {
  const ModelParameters& parameters = summary.parameters;
  out << absl::StreamFormat("digest %s, %d bytes\nlayers\n  input  %d units\n", summary.digest,
                            summary.bytes, parameters.input_units());
  for (std::size_t l = 0; l < parameters.layers.size(); ++l) {
    const LayerParameters& layer = parameters.layers[l];
    out << absl::StreamFormat("  %-6d %d units, %s encoder, %s decoder, %s\n", l + 1, layer.units(),
                              ActivationName(layer.encoder.activation),
                              ActivationName(layer.decoder_activation),
                              layer.tied() ? "tied" : "untied");
  }
  const ClassifierParameters& classifier = parameters.classifier;
  if (classifier.present()) {
    out << absl::StreamFormat("  classifier: %d classes, %d layers of its own\n",
                              classifier.output.units(), classifier.layers.size());
  }
  out << "tensors\n";
  for (const TensorSummary& tensor : summary.tensors) {
    out << absl::StreamFormat("  %-32s %-5s %s\n", tensor.name, tensor.dtype,
                              absl::StrJoin(tensor.shape, " x "));
  }
  PrintCard(summary, out);
  out << "training\n";
  for (const auto& [key, value] : parameters.card.training) {
    out << absl::StreamFormat("  %-40s %s\n", key, value);
  }
  out << absl::StreamFormat("golden rows %d, largest difference %.2e: %s\n", summary.golden.rows,
                            summary.golden.largest_difference, summary.golden.ok ? "OK" : "FAILED");
}

absl::Status Run(const Options& options, Streams& streams) {
  CAE_ASSIGN_OR_RETURN(const ModelSummary summary, SummariseModelFile(options.model));
  if (options.json) {
    streams.out << ToJson(summary).dump(2, ' ', true, Json::error_handler_t::replace) << "\n";
  } else {
    PrintTable(summary, streams.out);
  }
  if (summary.golden.ok) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(
      options.model, ": codes of the golden rows differ from those stored by ",
      summary.golden.largest_difference, "; at most ", kGoldenTolerance, " is rounding"));
}

}  // namespace

Command AddInspectCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser =
      cae_train.add_subcommand("inspect", "Show what a model file holds and check its golden rows");
  parser->add_option("MODEL", options->model, "The model file")->required();
  parser->add_flag("--json", options->json, "Print one JSON object");
  parser->footer(
      "Exits with 1 where the file does not load or its golden rows do not come out.\n"
      "Examples:\n"
      "  cae-train inspect models/mnist-cae1/1/model.safetensors\n"
      "  cae-train inspect --json model.safetensors");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
