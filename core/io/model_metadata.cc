#include "core/io/model_metadata.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "core/base/status_macros.h"
#include "core/io/quoted.h"
#include "core/io/strict_json.h"

namespace cae {
namespace {

using Json = nlohmann::json;

constexpr absl::string_view kOurPrefix = "cae.";
constexpr absl::string_view kTrainingPrefix = "training.";
constexpr absl::string_view kFormatVersionKey = "cae.format_version";
constexpr absl::string_view kFormatVersion = "1";
constexpr absl::string_view kClassLabelsKey = "cae.class_labels";
constexpr absl::string_view kInputShapeKey = "cae.input_shape";
constexpr absl::string_view kInputRangeKey = "cae.input_range";
constexpr absl::string_view kNoiseKey = "cae.default_noise_stddev";
constexpr absl::string_view kProcessKey = "cae.default_process";
constexpr absl::string_view kRankKey = "cae.default_rank";
constexpr absl::string_view kComposed = "composed";
constexpr absl::string_view kTopLayer = "top_layer";

std::string ActivationKey(std::size_t layer) {
  return absl::StrCat("cae.layers.", layer, ".activation");
}
std::string DecoderActivationKey(std::size_t layer) {
  return absl::StrCat("cae.layers.", layer, ".decoder_activation");
}
std::string ClassifierActivationKey(std::size_t layer) {
  return absl::StrCat("cae.classifier.layers.", layer, ".activation");
}

/// JSON text. Bytes that are not UTF-8 are replaced; who writes a file compares what it reads back.
std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::Status KeyError(absl::string_view key, absl::string_view value, absl::string_view needed) {
  return absl::InvalidArgumentError(
      absl::StrCat("metadata ", Quoted(key), " is ", Quoted(value), "; it must be ", needed));
}

/// Hands out values by key and remembers which were asked for.
class Reader {
 public:
  explicit Reader(const Metadata& metadata) : metadata_(metadata) {}

  bool Has(absl::string_view key) const { return metadata_.count(std::string(key)) > 0; }

  absl::StatusOr<absl::string_view> Text(absl::string_view key) {
    const auto found = metadata_.find(std::string(key));
    if (found == metadata_.end()) {
      return absl::InvalidArgumentError(absl::StrCat("metadata ", Quoted(key), " is missing"));
    }
    taken_.insert(found->first);
    return found->second;
  }

  absl::StatusOr<Activation> ActivationOf(absl::string_view key) {
    CAE_ASSIGN_OR_RETURN(const absl::string_view text, Text(key));
    const std::optional<Activation> activation = ParseActivation(text);
    if (!activation.has_value()) {
      return KeyError(key, text, "'logistic', 'tanh', 'relu' or 'identity'");
    }
    return *activation;
  }

  /// A JSON value for which `accept` holds.
  template <typename Accept>
  absl::StatusOr<Json> JsonWhere(absl::string_view key, absl::string_view needed, Accept accept) {
    CAE_ASSIGN_OR_RETURN(const absl::string_view text, Text(key));
    absl::StatusOr<Json> value = ParseStrictJson(text, /*max_depth=*/1);
    if (!value.ok() || !accept(*value)) return KeyError(key, text, needed);
    return value;
  }

  /// A JSON array, for each element of which `accept` holds.
  template <typename Accept>
  absl::StatusOr<Json> ArrayWhere(absl::string_view key, absl::string_view needed, Accept accept) {
    return JsonWhere(key, needed, [&](const Json& value) {
      return value.is_array() && std::all_of(value.begin(), value.end(), accept);
    });
  }

  /// INVALID_ARGUMENT for a key of ours that nobody asked for: a misspelt key must not be lost.
  absl::Status CheckNothingLeft() const {
    for (const auto& [key, value] : metadata_) {
      if (absl::StartsWith(key, kOurPrefix) && taken_.count(key) == 0) {
        return absl::InvalidArgumentError(absl::StrCat(
            "metadata ", Quoted(key), " is not part of format version ", kFormatVersion));
      }
    }
    return absl::OkStatus();
  }

 private:
  const Metadata& metadata_;
  std::set<absl::string_view> taken_;
};

/// A whole number that fits int64; larger unsigned ones would wrap.
bool IsCount(const Json& value) {
  return value.is_number_unsigned() && value.get<std::uint64_t>() <= INT64_MAX;
}

absl::Status ReadActivations(Reader& reader, ModelParameters& parameters) {
  for (std::size_t l = 0; l < parameters.layers.size(); ++l) {
    LayerParameters& layer = parameters.layers[l];
    CAE_ASSIGN_OR_RETURN(layer.encoder.activation, reader.ActivationOf(ActivationKey(l)));
    CAE_ASSIGN_OR_RETURN(layer.decoder_activation, reader.ActivationOf(DecoderActivationKey(l)));
  }
  for (std::size_t l = 0; l < parameters.classifier.layers.size(); ++l) {
    CAE_ASSIGN_OR_RETURN(parameters.classifier.layers[l].activation,
                         reader.ActivationOf(ClassifierActivationKey(l)));
  }
  parameters.classifier.output.activation = Activation::kIdentity;
  return absl::OkStatus();
}

absl::Status ReadInputs(Reader& reader, ModelCard& card) {
  CAE_ASSIGN_OR_RETURN(const Json shape,
                       reader.ArrayWhere(kInputShapeKey, "an array of sizes, '[28,28]'", IsCount));
  card.input_shape = shape.get<std::vector<std::int64_t>>();
  CAE_ASSIGN_OR_RETURN(const Json range,
                       reader.ArrayWhere(kInputRangeKey, "two numbers, '[0,1]'",
                                         [](const Json& value) { return value.is_number(); }));
  if (range.size() != 2) return KeyError(kInputRangeKey, Dump(range), "two numbers, '[0,1]'");
  card.input_minimum = range[0].get<double>();
  card.input_maximum = range[1].get<double>();
  return absl::OkStatus();
}

absl::Status ReadSampling(Reader& reader, ModelCard& card) {
  CAE_ASSIGN_OR_RETURN(
      const Json noise,
      reader.JsonWhere(kNoiseKey, "a number", [](const Json& value) { return value.is_number(); }));
  card.default_noise_stddev = noise.get<double>();
  CAE_ASSIGN_OR_RETURN(const Json rank,
                       reader.JsonWhere(kRankKey, "a whole number of at least 0", IsCount));
  card.default_rank = rank.get<std::int64_t>();
  CAE_ASSIGN_OR_RETURN(const absl::string_view process, reader.Text(kProcessKey));
  if (process != kComposed && process != kTopLayer) {
    return KeyError(kProcessKey, process, "'composed' or 'top_layer'");
  }
  card.default_process = process == kComposed ? SampleProcess::kComposed : SampleProcess::kTopLayer;
  return absl::OkStatus();
}

}  // namespace

Metadata MakeModelMetadata(const ModelParameters& parameters) {
  const ModelCard& card = parameters.card;
  Metadata metadata;
  const auto set = [&metadata](absl::string_view key, absl::string_view value) {
    metadata[std::string(key)] = std::string(value);
  };
  set(kFormatVersionKey, kFormatVersion);
  for (std::size_t l = 0; l < parameters.layers.size(); ++l) {
    const LayerParameters& layer = parameters.layers[l];
    set(ActivationKey(l), ActivationName(layer.encoder.activation));
    set(DecoderActivationKey(l), ActivationName(layer.decoder_activation));
  }
  for (std::size_t l = 0; l < parameters.classifier.layers.size(); ++l) {
    set(ClassifierActivationKey(l), ActivationName(parameters.classifier.layers[l].activation));
  }
  if (parameters.classifier.present() || !card.class_labels.empty()) {
    set(kClassLabelsKey, Dump(card.class_labels));
  }
  set(kInputShapeKey, Dump(card.input_shape));
  set(kInputRangeKey, Dump({card.input_minimum, card.input_maximum}));
  set(kNoiseKey, Dump(card.default_noise_stddev));
  set(kProcessKey, card.default_process == SampleProcess::kComposed ? kComposed : kTopLayer);
  set(kRankKey, Dump(card.default_rank));
  for (const auto& [key, value] : card.training) set(absl::StrCat(kTrainingPrefix, key), value);
  return metadata;
}

absl::Status CheckFormatVersion(const Metadata& metadata) {
  const auto found = metadata.find(std::string(kFormatVersionKey));
  if (found == metadata.end()) {
    return absl::InvalidArgumentError(absl::StrCat("metadata ", Quoted(kFormatVersionKey),
                                                   " is missing: this is not a model file"));
  }
  if (found->second != kFormatVersion) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the file has format version ", Quoted(found->second), ", this program reads version '",
        kFormatVersion, "': use a newer program or write the model again"));
  }
  return absl::OkStatus();
}

absl::Status ReadModelMetadata(const Metadata& metadata, ModelParameters& parameters) {
  Reader reader(metadata);
  CAE_RETURN_IF_ERROR(reader.Text(kFormatVersionKey).status());
  CAE_RETURN_IF_ERROR(ReadActivations(reader, parameters));
  if (parameters.classifier.present() || reader.Has(kClassLabelsKey)) {
    CAE_ASSIGN_OR_RETURN(const Json labels,
                         reader.ArrayWhere(kClassLabelsKey, "an array of strings",
                                           [](const Json& value) { return value.is_string(); }));
    parameters.card.class_labels = labels.get<std::vector<std::string>>();
  }
  CAE_RETURN_IF_ERROR(ReadInputs(reader, parameters.card));
  CAE_RETURN_IF_ERROR(ReadSampling(reader, parameters.card));
  for (const auto& [key, value] : metadata) {
    if (!absl::StartsWith(key, kTrainingPrefix)) continue;
    parameters.card.training[key.substr(kTrainingPrefix.size())] = value;
  }
  return reader.CheckNothingLeft();
}

}  // namespace cae
