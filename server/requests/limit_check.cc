#include "server/requests/limit_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "server/requests/model_messages.h"

namespace cae {

absl::Status LimitExceeded(absl::string_view limit, std::int64_t maximum,
                           absl::string_view message) {
  return WithErrorInfo(absl::OutOfRangeError(message), kReasonLimitExceeded,
                       {{"limit", std::string(limit)}, {"maximum", absl::StrCat(maximum)}});
}

absl::Status CheckRowLimit(std::int64_t rows, absl::string_view field, const Servable& servable) {
  const std::int64_t maximum = servable.limits.max_rows;
  if (rows <= maximum) return absl::OkStatus();
  return LimitExceeded("max_rows", maximum,
                       absl::StrCat(field, " has ", rows, " rows; ", Describe(servable),
                                    " takes at most ", maximum, " in a request: split it"));
}

absl::Status CheckAnswerBytes(std::int64_t rows, std::int64_t bytes_per_row,
                              const Servable& servable) {
  const std::int64_t maximum = servable.limits.max_message_bytes;
  const std::int64_t fitting =
      std::max<std::int64_t>(0, (maximum - kMessageOverheadBytes) / bytes_per_row);
  if (rows <= fitting) return absl::OkStatus();
  return LimitExceeded(
      "max_message_bytes", maximum,
      absl::StrCat("the answer to ", rows, " rows takes ", rows * bytes_per_row, " bytes; ",
                   Describe(servable), " sends at most ", maximum, " in a message: at most ",
                   fitting, " rows fit, more with a smaller output_data_type"));
}

absl::Status CheckRankLimit(std::int64_t rank, Index code_units, Index input_units,
                            const Servable& servable) {
  const std::int64_t maximum =
      std::min<std::int64_t>({servable.limits.max_rank, code_units, input_units});
  if (rank <= maximum) return absl::OkStatus();
  return LimitExceeded(
      "max_rank", maximum,
      absl::StrCat("rank is ", rank, "; ", Describe(servable), ", whose Jacobian is [", code_units,
                   ", ", input_units, "] here, gives at most ", maximum));
}

}  // namespace cae
