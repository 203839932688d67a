// Checks of a request against the limits of the model's card: row 5 of the error table.
// All errors are OUT_OF_RANGE with an ErrorInfo LIMIT_EXCEEDED (metadata: limit, maximum) and say
// what would fit. Pure and thread-safe.
#ifndef CAE_SERVER_REQUESTS_LIMIT_CHECK_H_
#define CAE_SERVER_REQUESTS_LIMIT_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "core/serving/servable.h"

namespace cae {

/// Room that a message needs beside the elements of its tensors: identities, shapes, parameters.
inline constexpr std::int64_t kMessageOverheadBytes = 1024;

/// OUT_OF_RANGE for the limit of that name in the card.
absl::Status LimitExceeded(absl::string_view limit, std::int64_t maximum,
                           absl::string_view message);

/// OK if a request may bring `rows` rows in the field `field`.
absl::Status CheckRowLimit(std::int64_t rows, absl::string_view field, const Servable& servable);

/// OK if an answer of `rows` rows fits into one message.
absl::Status CheckAnswerBytes(std::int64_t rows, std::int64_t bytes_per_row,
                              const Servable& servable);

/// OK if `rank` singular triplets of a Jacobian of [code_units, input_units] may be asked for.
absl::Status CheckRankLimit(std::int64_t rank, Index code_units, Index input_units,
                            const Servable& servable);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_LIMIT_CHECK_H_
