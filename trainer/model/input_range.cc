#include "trainer/model/input_range.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "core/math/conversion.h"

namespace cae {

absl::Status CheckUnitRange(absl::string_view data, ConstMatrixView rows, absl::string_view why) {
  const auto size = static_cast<std::size_t>(rows.size());
  const std::size_t at = FirstOutside({rows.data(), size}, 0, 1);
  if (at == size) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("row ", at / static_cast<std::size_t>(rows.cols()),
                                                 " of ", data, " holds ", rows.data()[at], "; ",
                                                 why));
}

InputRange InputRangeOf(const Recipe& recipe, ConstMatrixView rows) {
  if (recipe.layers(0).decoder_activation() == recipe::v1::ACTIVATION_LOGISTIC) return {0, 1};
  const double smallest = rows.minCoeff(), largest = rows.maxCoeff();
  const double apart = largest > smallest ? largest - smallest : 1;
  return {smallest - apart, largest + apart};
}

}  // namespace cae
