#include "server/requests/parameter_check.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"
#include "server/requests/model_messages.h"

namespace cae {

absl::Status BadParameter(absl::string_view field, absl::string_view message) {
  return WithBadField(absl::InvalidArgumentError(message), field);
}

absl::StatusOr<int> ResolveLayer(std::int32_t layer, const Servable& servable) {
  const int top = servable.autoencoder->layers();
  if (layer < 0 || layer > top) {
    return BadParameter("layer", absl::StrCat("layer is ", layer, "; ", Describe(servable),
                                              " has layers 1 to ", top, ", and 0 is the top one"));
  }
  return layer == 0 ? top : layer;
}

absl::Status CheckAtLeast(std::int64_t count, std::int64_t smallest, absl::string_view field,
                          absl::string_view taker) {
  if (count >= smallest) return absl::OkStatus();
  return BadParameter(
      field, absl::StrCat(field, " is ", count, "; ", taker, " takes at least ", smallest));
}

absl::Status CheckOutputType(v1::DataType type, const Activation* activation,
                             absl::string_view what, const Servable& servable) {
  constexpr absl::string_view kField = "output_data_type";
  CAE_RETURN_IF_ERROR(CheckDataType(type, kField));
  if (type != v1::DATA_TYPE_UINT8) return absl::OkStatus();
  if (activation != nullptr && *activation == Activation::kLogistic) return absl::OkStatus();
  return BadParameter(
      kField, absl::StrCat("output_data_type is UINT8, which holds numbers in [0, 1] alone; ", what,
                           " of ", Describe(servable),
                           " may lie outside of it: ask for FLOAT32, FLOAT16 or BFLOAT16"));
}

}  // namespace cae
