#include "trainer/study/study_quantity.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "core/base/check.h"

namespace cae {
namespace {

#define CAE_STUDY_SCORES "/samplers/0/scores/0"

constexpr QuantityTraits kTraits[] = {
    {study::v1::QUANTITY_PARZEN_STRICT, StepKind::kScore, "Parzen STRICT", " nats",
     CAE_STUDY_SCORES "/strict/log_likelihood/mean", 1, 1, true},
    {study::v1::QUANTITY_PARZEN_MANY, StepKind::kScore, "Parzen MANY", " nats",
     CAE_STUDY_SCORES "/many/parzen/log_likelihood/mean", 1, 1, true},
    {study::v1::QUANTITY_UNRECOGNISED, StepKind::kScore, "unrecognised", " %",
     CAE_STUDY_SCORES "/strict/unrecognised/mean", 100, 1, false},
    {study::v1::QUANTITY_REFUSED, StepKind::kScore, "refused", " %",
     CAE_STUDY_SCORES "/strict/refused/mean", 100, 1, false},
    {study::v1::QUANTITY_CONFIDENCE, StepKind::kScore, "confidence", "",
     CAE_STUDY_SCORES "/many/mean_confidence", 1, 3, true},
    {study::v1::QUANTITY_PRECISION, StepKind::kScore, "precision", "",
     CAE_STUDY_SCORES "/many/precision", 1, 3, true},
    {study::v1::QUANTITY_RECALL, StepKind::kScore, "recall", "", CAE_STUDY_SCORES "/many/recall", 1,
     3, true},
    {study::v1::QUANTITY_FRECHET, StepKind::kScore, "Fréchet distance", "",
     CAE_STUDY_SCORES "/many/frechet_distance", 1, 2, false},
    {study::v1::QUANTITY_ENTROPY, StepKind::kScore, "class entropy", " nats",
     CAE_STUDY_SCORES "/many/class_entropy", 1, 2, true},
    {study::v1::QUANTITY_CLASSES_IN_10, StepKind::kScore, "classes in 10 states", "",
     CAE_STUDY_SCORES "/mixing/distinct_classes/0/mean", 1, 2, true},
    {study::v1::QUANTITY_CLASSES_IN_20, StepKind::kScore, "classes in 20 states", "",
     CAE_STUDY_SCORES "/mixing/distinct_classes/1/mean", 1, 2, true},
    {study::v1::QUANTITY_CLASSES_IN_100, StepKind::kScore, "classes in 100 states", "",
     CAE_STUDY_SCORES "/mixing/distinct_classes/2/mean", 1, 2, true},
    {study::v1::QUANTITY_DWELL, StepKind::kScore, "dwell", " states",
     CAE_STUDY_SCORES "/mixing/dwell", 1, 1, false},
    {study::v1::QUANTITY_R_HAT, StepKind::kScore, "worst R-hat", "",
     CAE_STUDY_SCORES "/mixing/worst_split_r_hat", 1, 3, false},
    {study::v1::QUANTITY_SAMPLE_SIZE, StepKind::kScore, "smallest ESS", "",
     CAE_STUDY_SCORES "/mixing/smallest_effective_sample_size", 1, 0, true},
    {study::v1::QUANTITY_ERROR, StepKind::kEvaluate, "test error", " %", "/error/mean", 100, 2,
     false},
    {study::v1::QUANTITY_LINEAR_ERROR, StepKind::kLinear, "linear test error", " %",
     "/test_error/mean", 100, 2, false},
};

#undef CAE_STUDY_SCORES

}  // namespace

const QuantityTraits& TraitsOf(study::v1::Quantity quantity) {
  const auto* const found =
      std::find_if(std::begin(kTraits), std::end(kTraits),
                   [quantity](const QuantityTraits& one) { return one.quantity == quantity; });
  CAE_CHECK(found != std::end(kTraits), "every quantity has traits");
  return *found;
}

bool IsMeasured(study::v1::Quantity quantity, const study::v1::Subject& subject) {
  switch (TraitsOf(quantity).step) {
    case StepKind::kEvaluate:
      return subject.classifier();
    case StepKind::kLinear:
      return subject.linear();
    default:
      return subject.settings_size() > 0;
  }
}

std::optional<double> NumberAt(const nlohmann::json& tree, const std::string& place) {
  const nlohmann::json::json_pointer pointer(place);
  if (!tree.contains(pointer) || !tree.at(pointer).is_number()) return std::nullopt;
  return tree.at(pointer).get<double>();
}

std::optional<double> QuantityIn(const nlohmann::json& result, study::v1::Quantity quantity) {
  const QuantityTraits& traits = TraitsOf(quantity);
  const std::optional<double> number = NumberAt(result, traits.place);
  return number.has_value() ? std::optional(traits.scale * *number) : std::nullopt;
}

std::string FormatQuantity(study::v1::Quantity quantity, double value) {
  const std::string text = absl::StrFormat("%.*f", TraitsOf(quantity).decimals, value);
  // A sum of nothing may come out as minus zero.
  return text[0] == '-' && text.find_first_of("123456789") == std::string::npos ? text.substr(1)
                                                                                : text;
}

}  // namespace cae
