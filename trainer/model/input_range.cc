#include "trainer/model/input_range.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/math/conversion.h"

namespace cae {

namespace {

absl::Status CheckPart(absl::string_view part, const DataSet& data, ConstMatrixView rows,
                       const InputRange& range, absl::string_view why) {
  const auto size = static_cast<std::size_t>(rows.size());
  const std::size_t at = FirstOutside({rows.data(), size}, static_cast<float>(range.minimum),
                                      static_cast<float>(range.maximum));
  if (at == size) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("row ", at / static_cast<std::size_t>(rows.cols()),
                                                 " of the ", part, " rows of ", data.name,
                                                 " holds ", rows.data()[at], "; ", why));
}

}  // namespace

absl::Status CheckRange(const DataSet& data, const DataSplit& split, const InputRange& range,
                        absl::string_view why) {
  CAE_RETURN_IF_ERROR(CheckPart("training", data, split.training.rows, range, why));
  CAE_RETURN_IF_ERROR(CheckPart("validation", data, split.validation.rows, range, why));
  return CheckPart("test", data, data.test.rows, range, why);
}

InputRange InputRangeOf(const Recipe& recipe, ConstMatrixView rows) {
  if (recipe.layers(0).decoder_activation() == recipe::v1::ACTIVATION_LOGISTIC) return {0, 1};
  const double smallest = rows.minCoeff(), largest = rows.maxCoeff();
  const double apart = largest > smallest ? largest - smallest : 1;
  return {smallest - apart, largest + apart};
}

}  // namespace cae
