// The checks of a Tensor that came from the network, one function a row of the error table
// (docs/api.md), so that the server keeps the table's order:
//
//   CAE_RETURN_IF_ERROR(CheckTensor(request.inputs(), "inputs"));                        // row 3
//   CAE_ASSIGN_OR_RETURN(const Index rows, CheckShape(request.inputs(), "inputs", 784,   // row 4
//                                                     DescribeModel("mnist-cae1", 3)));
//   ... limits ...                                                                       // row 5
//   CAE_RETURN_IF_ERROR(CheckTensorValues(request.inputs(), "inputs", model, range));    // row 6
//
// Every error is INVALID_ARGUMENT with a BadRequest that names the field. All functions are pure
// and thread-safe; none allocates in proportion to what a tensor claims to hold.
#ifndef CAE_PROTO_CODEC_TENSOR_CHECK_H_
#define CAE_PROTO_CODEC_TENSOR_CHECK_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cae/v1/tensor.pb.h"
#include "core/math/matrix.h"

namespace cae {

/// Bytes of one element: 4, 2, 2, 1; UNSPECIFIED counts as FLOAT32. 0 for a value that is no
/// DataType of ours (enums of proto3 are open).
std::int64_t ElementBytes(v1::DataType type);

/// OK if `type` is one of DataType's values; `field_path` is "output_data_type".
absl::Status CheckDataType(v1::DataType type, absl::string_view field_path);

/// Row 3: OK if the tensor does not contradict itself. It has exactly one of data and values,
/// values only with FLOAT32, 1 to 8 dimensions, all of them positive, and exactly their product of
/// elements.
absl::Status CheckTensor(const v1::Tensor& tensor, absl::string_view field_path);

/// "model 'mnist-cae1' v3", for messages.
std::string DescribeModel(absl::string_view name, std::int64_t version);

/// Row 4: the number of rows, if the tensor is [rows, columns], or [columns], which is one row.
/// Requires an OK CheckTensor. `model` is DescribeModel's.
absl::StatusOr<Index> CheckShape(const v1::Tensor& tensor, absl::string_view field_path,
                                 Index columns, absl::string_view model);

/// A closed interval of values.
struct ValueBounds {
  double minimum = 0;
  double maximum = 1;
};

/// Row 6: OK if every value is finite and, where `bounds` are given, within 1e-3 of them. The
/// message has the first offending index, [row, column] from 0, and what to do.
absl::Status CheckValues(ConstMatrixView values, absl::string_view field_path,
                         absl::string_view model, const std::optional<ValueBounds>& bounds);

/// The same of a tensor that CheckShape accepted. Converts a block at a time, where it must.
absl::Status CheckTensorValues(const v1::Tensor& tensor, absl::string_view field_path,
                               absl::string_view model, const std::optional<ValueBounds>& bounds);

}  // namespace cae

#endif  // CAE_PROTO_CODEC_TENSOR_CHECK_H_
