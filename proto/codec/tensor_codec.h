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

namespace cae {

/// The elements as floats: the last dimension is the columns, all others together the rows, and [d]
/// is one row. FLOAT32 bit for bit, FLOAT16 and BFLOAT16 exactly, UINT8 b as b / 255.0f.
Matrix DecodeTensor(const v1::Tensor& tensor);

/// The same without a copy: a view into `tensor`, valid as long as it is neither changed nor
/// destroyed. nullopt where the elements must be converted or are not aligned for float.
std::optional<ConstMatrixView> ViewTensor(const v1::Tensor& tensor);

/// The rows of a tensor, copied only where they must be. The tensor must outlive it.
/// Thread-compatible.
class TensorRows {
 public:
  explicit TensorRows(const v1::Tensor& tensor);
  TensorRows(const TensorRows&) = delete;
  TensorRows& operator=(const TensorRows&) = delete;

  ConstMatrixView view() const { return view_; }

 private:
  Matrix converted_;  ///< empty where view_ points into the tensor
  ConstMatrixView view_;
};

/// How an answer's elements are written.
struct TensorFormat {
  v1::DataType type = v1::DATA_TYPE_FLOAT32;
  bool as_values = false;  ///< into `values`; only with FLOAT32
};

/// What the contract says about answers: `type` as asked for, and `values` where the inputs used
/// them and the type is FLOAT32.
TensorFormat AnswerFormat(const v1::Tensor& inputs, v1::DataType type);

/// Writes `elements`, row-major, as a tensor of `shape` (whose product is their number) over what
/// `tensor` held. OUT_OF_RANGE (ErrorInfo NOT_REPRESENTABLE), naming `field_path` and the index,
/// where a finite or infinite number would become infinity in FLOAT16 or BFLOAT16, or NaN a UINT8;
/// `tensor` is then empty. UINT8 is clamp(round(255 v)), halves rounded up.
absl::Status EncodeTensor(absl::Span<const float> elements, absl::Span<const std::int64_t> shape,
                          TensorFormat format, absl::string_view field_path, v1::Tensor* tensor);

/// The same for a matrix, as [rows, columns].
absl::Status EncodeTensor(ConstMatrixView matrix, TensorFormat format, absl::string_view field_path,
                          v1::Tensor* tensor);

}  // namespace cae

#endif  // CAE_PROTO_CODEC_TENSOR_CODEC_H_
