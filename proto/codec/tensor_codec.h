// Where Tensor meets Matrix. Decoding expects a tensor that CheckTensor accepted; encoding makes
// one that it accepts. Elements are little-endian on the wire, and so is every machine we build
// for.
#ifndef CAE_PROTO_CODEC_TENSOR_CODEC_H_
#define CAE_PROTO_CODEC_TENSOR_CODEC_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/matrix.h"
#include "proto/codec/tensor_writer.h"

namespace cae {

/// Elements of the tensor, whichever way it carries them.
std::int64_t ElementCount(const v1::Tensor& tensor);

/// Elements [first, first + floats.size()) as floats: FLOAT32 bit for bit, FLOAT16 and BFLOAT16
/// exactly, UINT8 b as b / 255.0f. Pure.
void ReadElements(const v1::Tensor& tensor, std::int64_t first, absl::Span<float> floats);

/// All elements: the last dimension is the columns, all others together the rows, and [d] is one
/// row.
Matrix DecodeTensor(const v1::Tensor& tensor);

/// The same without a copy: a view into `tensor`, valid as long as it is neither changed nor
/// destroyed. nullopt where the elements must be converted or are not aligned for float.
std::optional<ConstMatrixView> ViewTensor(const v1::Tensor& tensor);

/// Writes `elements`, row-major, as a tensor of `shape` (whose product is their number) over what
/// `tensor` held. UINT8 is clamp(round(255 v)), halves rounded up. Errors as
/// TensorWriter::Finish().
absl::Status EncodeTensor(absl::Span<const float> elements, absl::Span<const std::int64_t> shape,
                          TensorFormat format, absl::string_view field_path, v1::Tensor* tensor);

/// The same for a matrix, as [rows, columns].
absl::Status EncodeTensor(ConstMatrixView matrix, TensorFormat format, absl::string_view field_path,
                          v1::Tensor* tensor);

}  // namespace cae

#endif  // CAE_PROTO_CODEC_TENSOR_CODEC_H_
