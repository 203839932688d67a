// Reads the tensors of a server's answer. A server can be broken, too: nothing is believed.
#ifndef CAE_CLIENT_ANSWER_TENSOR_H_
#define CAE_CLIENT_ANSWER_TENSOR_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/matrix.h"

namespace cae {

/// Stands for a size that the client does not know beforehand.
inline constexpr Index kAnySize = -1;

/// The tensor as a matrix whose columns are its last dimension (a vector is one row). INTERNAL,
/// naming `field`, where it contradicts itself or has another shape than `shape`.
absl::StatusOr<Matrix> ReadAnswer(const v1::Tensor& tensor, absl::string_view field,
                                  absl::Span<const Index> shape);

/// The same for one number a row.
absl::StatusOr<Vector> ReadAnswerVector(const v1::Tensor& tensor, absl::string_view field,
                                        Index rows);

}  // namespace cae

#endif  // CAE_CLIENT_ANSWER_TENSOR_H_
