#include "server/requests/request_rows.h"

#include "core/base/status_macros.h"
#include "server/requests/model_messages.h"

namespace cae {

absl::Status RequestRows::CheckColumns(Index columns, const Servable& servable) {
  CAE_ASSIGN_OR_RETURN(rows_, CheckShape(tensor_, field_, columns, Describe(servable)));
  return absl::OkStatus();
}

absl::Status RequestRows::CheckContents(const std::optional<ValueBounds>& bounds,
                                        const Servable& servable) const {
  return CheckTensorValues(tensor_, field_, Describe(servable), bounds);
}

bool RequestRows::is_small() const {
  const auto bytes =
      static_cast<std::int64_t>(tensor_.data().size()) + std::int64_t{4} * tensor_.values_size();
  return bytes <= kSmallTensorBytes;
}

std::optional<ValueBounds> InputBounds(const Servable& servable, bool allow_out_of_range) {
  if (allow_out_of_range) return std::nullopt;
  const ModelCard& card = servable.autoencoder->card();
  return ValueBounds{card.input_minimum, card.input_maximum};
}

}  // namespace cae
