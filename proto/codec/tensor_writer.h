// TensorWriter: the elements of an answer, written where they are sent.
#ifndef CAE_PROTO_CODEC_TENSOR_WRITER_H_
#define CAE_PROTO_CODEC_TENSOR_WRITER_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "cae/v1/tensor.pb.h"
#include "core/base/mutex.h"
#include "core/math/matrix.h"

namespace cae {

/// How an answer's elements are written.
struct TensorFormat {
  v1::DataType type = v1::DATA_TYPE_FLOAT32;
  bool as_values = false;  ///< into `values`; only with FLOAT32
};

/// What the contract says about answers: `type` as asked for, and `values` where the inputs used
/// them and the type is FLOAT32.
TensorFormat AnswerFormat(const v1::Tensor& inputs, v1::DataType type);

/// Writes the elements as they are sent, at `data`, which is aligned for them. Returns the position
/// of the first that the type cannot hold, or their number. Pure.
std::size_t ConvertElements(absl::Span<const float> elements, v1::DataType type, char* data);

/// OUT_OF_RANGE (ErrorInfo NOT_REPRESENTABLE): element `position` of the field cannot be sent as
/// `type`.
absl::Status NotRepresentable(absl::string_view field_path, absl::Span<const std::int64_t> shape,
                              std::int64_t position, float value, v1::DataType type);

/// Makes room for all elements at once; ranges of them are then written in any order and converted
/// on the way, distinct ranges on several threads at a time. Everything else is for one thread. The
/// tensor must outlive it, and nobody else may change it meanwhile.
class TensorWriter {
 public:
  /// Writes over what `tensor` held. `field_path` is for messages: "codes".
  TensorWriter(absl::Span<const std::int64_t> shape, TensorFormat format,
               absl::string_view field_path, v1::Tensor* tensor);
  TensorWriter(const TensorWriter&) = delete;
  TensorWriter& operator=(const TensorWriter&) = delete;

  std::int64_t elements() const { return elements_; }
  /// Where the elements go as they are, so that they can be computed there in place of Write();
  /// null where they must be converted.
  float* in_place() {
    return element_bytes_ == sizeof(float) ? reinterpret_cast<float*>(data_) : nullptr;
  }

  /// Writes elements [first, first + elements.size()).
  void Write(std::int64_t first, absl::Span<const float> elements);
  void WriteRows(std::int64_t first_row, ConstMatrixView rows) {
    Write(first_row * rows.cols(), absl::MakeConstSpan(rows.data(), rows.size()));
  }

  /// When all is written. OUT_OF_RANGE (ErrorInfo NOT_REPRESENTABLE), naming field and index of the
  /// first one, where a number would become infinity in FLOAT16 or BFLOAT16, or NaN a UINT8; the
  /// tensor is then empty.
  absl::Status Finish();

 private:
  void NoteUnfit(std::int64_t position, float value);

  v1::Tensor& tensor_;
  const TensorFormat format_;
  const std::string field_path_;
  const std::int64_t element_bytes_;
  std::int64_t elements_ = 0;
  char* data_ = nullptr;  ///< where the elements lie in the tensor
  Mutex mutex_;           ///< taken only where an element does not fit
  std::int64_t first_unfit_ ABSL_GUARDED_BY(mutex_);
  float unfit_value_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cae

#endif  // CAE_PROTO_CODEC_TENSOR_WRITER_H_
