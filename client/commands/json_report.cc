#include "client/commands/json_report.h"

#include <charconv>
#include <cmath>

#include "absl/strings/numbers.h"
#include "client/commands/text_report.h"

namespace cae {
namespace {

Json SliceJson(const float*& next, absl::Span<const std::int64_t> shape) {
  Json array = Json::array();
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    array.push_back(shape.size() == 1 ? NumberJson(*next++) : SliceJson(next, shape.subspan(1)));
  }
  return array;
}

template <typename Repeated>
Json ListJson(const Repeated& values) {
  Json array = Json::array();
  for (const auto& value : values) array.push_back(value);
  return array;
}

Json LayersJson(const v1::Model& card) {
  Json layers = Json::array();
  for (const v1::LayerInfo& layer : card.layers()) {
    layers.push_back(
        {{"input_units", layer.input_units()},
         {"units", layer.units()},
         {"activation", EnumWord(v1::Activation_Name(layer.activation()))},
         {"decoder_activation", EnumWord(v1::Activation_Name(layer.decoder_activation()))},
         {"tied", layer.tied()}});
  }
  return layers;
}

}  // namespace

Json NumberJson(float value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  const std::to_chars_result end = std::to_chars(text, text + sizeof(text), value);
  double number = 0;
  if (!absl::SimpleAtod(absl::string_view(text, end.ptr - text), &number)) return nullptr;
  return number;
}

Json ResultJson(const v1::ModelIdentity& model) {
  return {{"model",
           {{"name", model.name()},
            {"version", model.version()},
            {"digest", model.digest()},
            {"fingerprint", model.fingerprint()}}}};
}

void AddArraysJson(absl::Span<const OutputArray> arrays, const std::string& output, Json& json) {
  for (const OutputArray& array : arrays) {
    if (IsNpzPath(output)) {
      json[array.name] = {
          {"file", output}, {"array", array.name}, {"shape", ListJson(array.shape)}};
    } else if (!output.empty() && &array == arrays.data()) {
      json[array.name] = {{"file", output}, {"shape", ListJson(array.shape)}};
    } else {
      const float* next = array.values.data();
      json[array.name] = SliceJson(next, array.shape);
    }
  }
}

Json CardJson(const v1::Model& card) {
  Json json = {{"name", card.name()},
               {"version", card.version()},
               {"labels_of_version", ListJson(card.labels_of_version())},
               {"digest", card.digest()},
               {"fingerprint", card.fingerprint()},
               {"precision", EnumWord(v1::Precision_Name(card.precision()))},
               {"state", EnumWord(v1::ModelState_Name(card.state()))},
               {"state_message", card.state_message()},
               {"layers", LayersJson(card)},
               {"input_units", card.input_units()},
               {"code_units", card.code_units()},
               {"input_shape", ListJson(card.input_shape())},
               {"input_range", {card.input_range().minimum(), card.input_range().maximum()}},
               {"has_classifier", card.has_classifier()},
               {"class_labels", ListJson(card.class_labels())},
               {"default_noise_stddev", card.default_noise_stddev()},
               {"default_process", EnumWord(v1::SampleProcess_Name(card.default_process()))},
               {"default_rank", card.default_rank()},
               {"limits",
                {{"max_rows", card.limits().max_rows()},
                 {"max_chains", card.limits().max_chains()},
                 {"max_rank", card.limits().max_rank()},
                 {"max_message_bytes", card.limits().max_message_bytes()}}}};
  Json training = Json::object();
  for (const auto& [key, value] : TrainingLines(card)) training[key] = value;
  json["training"] = std::move(training);
  return json;
}

namespace {

Json StatisticJson(const v1::StatisticDiagnostics& statistic) {
  Json json = {{"statistic", EnumWord(v1::SampleStatistic_Name(statistic.statistic()))},
               {"mean", statistic.mean()},
               {"variance", statistic.variance()}};
  if (statistic.has_split_r_hat()) json["split_r_hat"] = statistic.split_r_hat();
  if (statistic.has_within_chain_r_hat()) {
    json["within_chain_r_hat"] = statistic.within_chain_r_hat();
  }
  if (statistic.has_effective_sample_size()) {
    json["effective_sample_size"] = statistic.effective_sample_size();
  }
  Json halves = Json::array();
  for (const v1::Moments& half : statistic.half_moments()) {
    halves.push_back(Json{{"count", half.count()}, {"mean", half.mean()}, {"m2", half.m2()}});
  }
  if (!halves.empty()) json["half_moments"] = std::move(halves);
  return json;
}

}  // namespace

Json DiagnosticsJson(const v1::SampleDiagnostics& diagnostics) {
  Json statistics = Json::array();
  for (const v1::StatisticDiagnostics& statistic : diagnostics.statistics()) {
    statistics.push_back(StatisticJson(statistic));
  }
  Json json = {{"first_draw", diagnostics.first_draw()},
               {"draws", diagnostics.draws()},
               {"mean_displacement", diagnostics.mean_displacement()},
               {"statistics", std::move(statistics)}};
  if (const auto counts = TransitionCounts(diagnostics); counts.has_value()) {
    Json rows = Json::array();
    for (Index from = 0; from < counts->rows(); ++from) {
      Json row = Json::array();
      for (Index to = 0; to < counts->cols(); ++to) row.push_back((*counts)(from, to));
      rows.push_back(std::move(row));
    }
    json["class_transitions"] = std::move(rows);
  }
  return json;
}

void PrintJson(const Json& json, std::ostream& out) {
  // A server's words may be no UTF-8; that must not end the program.
  out << json.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
}

}  // namespace cae
