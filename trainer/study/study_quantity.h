// Quantities of a study: what each is called, where it stands in a step's result, and what is good.
#ifndef CAE_TRAINER_STUDY_STUDY_QUANTITY_H_
#define CAE_TRAINER_STUDY_STUDY_QUANTITY_H_

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "trainer/study/study.h"
#include "trainer/study/study_step.h"

namespace cae {

/// What is known of a quantity.
struct QuantityTraits {
  study::v1::Quantity quantity;
  StepKind step;      ///< whose result has it
  const char* name;   ///< in a limit: "Parzen STRICT ≥ 200"
  const char* unit;   ///< behind a number: " %", " nats", ""
  const char* place;  ///< JSON pointer in that result
  double scale;       ///< from there to the number that is shown
  int decimals;
  bool large_is_good;
};

/// Every quantity but QUANTITY_UNSPECIFIED has traits.
const QuantityTraits& TraitsOf(study::v1::Quantity quantity);

/// That the study measures it on this subject.
bool IsMeasured(study::v1::Quantity quantity, const study::v1::Subject& subject);

/// The number at that JSON pointer; nullopt where there is none, whatever there is.
std::optional<double> NumberAt(const nlohmann::json& tree, const std::string& place);

/// nullopt where the result has no such number.
std::optional<double> QuantityIn(const nlohmann::json& result, study::v1::Quantity quantity);

/// With its decimals, without its unit.
std::string FormatQuantity(study::v1::Quantity quantity, double value);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_STUDY_QUANTITY_H_
