#include "client/answer_tensor.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

absl::Status Broken(absl::string_view what) {
  return absl::InternalError(absl::StrCat("the server's answer is broken: ", what));
}

bool Fits(const v1::Tensor& tensor, absl::Span<const Index> shape) {
  if (tensor.shape_size() != static_cast<int>(shape.size())) return false;
  for (int i = 0; i < tensor.shape_size(); ++i) {
    if (shape[i] != kAnySize && shape[i] != tensor.shape(i)) return false;
  }
  return true;
}

std::string Expected(absl::Span<const Index> shape) {
  return absl::StrJoin(shape, ", ", [](std::string* out, Index size) {
    size == kAnySize ? absl::StrAppend(out, "any") : absl::StrAppend(out, size);
  });
}

}  // namespace

absl::StatusOr<Matrix> ReadAnswer(const v1::Tensor& tensor, absl::string_view field,
                                  absl::Span<const Index> shape) {
  if (absl::Status check = CheckTensor(tensor, field); !check.ok()) return Broken(check.message());
  if (!Fits(tensor, shape)) {
    return Broken(absl::StrCat(field, " has the shape [", absl::StrJoin(tensor.shape(), ", "),
                               "], expected [", Expected(shape), "]"));
  }
  return DecodeTensor(tensor);
}

absl::StatusOr<Vector> ReadAnswerVector(const v1::Tensor& tensor, absl::string_view field,
                                        Index rows) {
  CAE_ASSIGN_OR_RETURN(const Matrix values, ReadAnswer(tensor, field, {rows}));
  return Vector(Eigen::Map<const Vector>(values.data(), rows));
}

}  // namespace cae
