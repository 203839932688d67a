// Checks of the plain parameters of a request against the model: row 4 of the error table.
// All errors are INVALID_ARGUMENT with a BadRequest that names the field. Pure and thread-safe.
#ifndef CAE_SERVER_REQUESTS_PARAMETER_CHECK_H_
#define CAE_SERVER_REQUESTS_PARAMETER_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/activation.h"
#include "core/serving/servable.h"

namespace cae {

/// INVALID_ARGUMENT with `field` in its BadRequest.
absl::Status BadParameter(absl::string_view field, absl::string_view message);

/// The layer that a request means: 1 to L, where 0 is the top.
absl::StatusOr<int> ResolveLayer(std::int32_t layer, const Servable& servable);

/// OK if `count` is at least `smallest`. `taker` is what takes no less: Describe(servable), or "a
/// state".
absl::Status CheckAtLeast(std::int64_t count, std::int64_t smallest, absl::string_view field,
                          absl::string_view taker);

/// OK if answers can be sent as `type`. UINT8 means numbers in [0, 1], which only a logistic
/// function is sure to make: `activation` made them, or none at all (directions, perturbed codes).
/// `what` is "codes of layer 1".
absl::Status CheckOutputType(v1::DataType type, const Activation* activation,
                             absl::string_view what, const Servable& servable);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_PARAMETER_CHECK_H_
