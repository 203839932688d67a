#include "proto/codec/tensor_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/math/conversion.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

constexpr int kMaxDimensions = 8;
constexpr double kRangeTolerance = 1e-3;
/// Elements that are converted at a time to be looked at: 8 KiB on the stack.
constexpr std::int64_t kBlock = 2048;
constexpr float kMaxFloat = std::numeric_limits<float>::max();

absl::Status BadField(absl::string_view field_path, absl::string_view message) {
  return WithBadField(absl::InvalidArgumentError(message), field_path);
}

std::string ShapeText(const v1::Tensor& tensor) {
  return absl::StrCat("[", absl::StrJoin(tensor.shape(), ", "), "]");
}

absl::string_view TypeText(v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_FLOAT16:
      return "FLOAT16";
    case v1::DATA_TYPE_BFLOAT16:
      return "BFLOAT16";
    case v1::DATA_TYPE_UINT8:
      return "UINT8";
    default:
      return "FLOAT32";
  }
}

/// The number of elements that the shape asks for, if it is a shape and its bytes can be counted.
absl::StatusOr<std::int64_t> CountElements(const v1::Tensor& tensor, absl::string_view field_path) {
  const std::string path = absl::StrCat(field_path, ".shape");
  if (tensor.shape().empty()) {
    return BadField(path, absl::StrCat(path, " is missing: give the size of each dimension"));
  }
  if (tensor.shape_size() > kMaxDimensions) {
    return BadField(path, absl::StrCat(path, " has ", tensor.shape_size(), " dimensions; at most ",
                                       kMaxDimensions, " are allowed"));
  }
  std::int64_t count = ElementBytes(tensor.data_type());
  for (int i = 0; i < tensor.shape_size(); ++i) {
    if (tensor.shape(i) < 1) {
      return BadField(path, absl::StrCat(path, "[", i, "] is ", tensor.shape(i),
                                         "; every dimension must be at least 1"));
    }
    if (__builtin_mul_overflow(count, tensor.shape(i), &count)) {
      return BadField(path, absl::StrCat(path, " ", ShapeText(tensor),
                                         " asks for more bytes than 64 bits can count"));
    }
  }
  return count / ElementBytes(tensor.data_type());
}

absl::Status CheckPayload(const v1::Tensor& tensor, absl::string_view field_path) {
  if (tensor.data().empty() && tensor.values().empty()) {
    return BadField(field_path,
                    absl::StrCat(field_path, " is missing or empty: set its data or its values"));
  }
  if (!tensor.data().empty() && !tensor.values().empty()) {
    return BadField(field_path,
                    absl::StrCat(field_path, " sets both data and values; set exactly one"));
  }
  if (!tensor.values().empty() && TypeText(tensor.data_type()) != TypeText(v1::DATA_TYPE_FLOAT32)) {
    const std::string path = absl::StrCat(field_path, ".data_type");
    return BadField(path,
                    absl::StrCat(path, " is ", TypeText(tensor.data_type()),
                                 ", but values are always FLOAT32; send the elements in data"));
  }
  return absl::OkStatus();
}

/// The largest float that is not beyond `bound`, so that floats compare as the doubles would.
float LargestFloatUpTo(double bound) {
  if (bound >= kMaxFloat) return kMaxFloat;
  if (bound <= -kMaxFloat) return -kMaxFloat;
  const float nearest = static_cast<float>(bound);
  return nearest > bound ? std::nextafter(nearest, -kMaxFloat) : nearest;
}

/// The interval in which values are accepted; of all finite numbers without bounds.
std::pair<float, float> FloatBounds(const std::optional<ValueBounds>& bounds) {
  if (!bounds.has_value()) return {-kMaxFloat, kMaxFloat};
  return {-LargestFloatUpTo(-(bounds->minimum - kRangeTolerance)),
          LargestFloatUpTo(bounds->maximum + kRangeTolerance)};
}

/// What came and what to do, for a finite value outside the bounds.
std::string RangeHint(ConstMatrixView values, bool above, const ValueBounds& bounds,
                      absl::string_view model) {
  const float smallest = values.minCoeff<Eigen::PropagateNumbers>();
  const float largest = values.maxCoeff<Eigen::PropagateNumbers>();
  const bool looks_like_bytes =
      bounds.minimum == 0 && bounds.maximum == 1 && smallest >= 0 && largest > 2 && largest <= 255;
  return absl::StrCat(above ? " (values up to " : " (values down to ", above ? largest : smallest,
                      "); ", model, " takes [", bounds.minimum, ", ", bounds.maximum, "]: ",
                      looks_like_bytes ? "divide by 255 or send UINT8"
                                       : "rescale the values, or set allow_out_of_range");
}

absl::Status BadValue(ConstMatrixView values, Index row, Index column, absl::string_view field_path,
                      absl::string_view model, const std::optional<ValueBounds>& bounds) {
  const float value = values(row, column);
  std::string message = absl::StrCat(field_path, "[", row, ", ", column, "] is ", value);
  if (std::isfinite(value)) {
    message += RangeHint(values, value > bounds->maximum, *bounds, model);
  } else {
    absl::StrAppend(&message, "; ", model, " takes finite numbers only");
  }
  return BadField(field_path, message);
}

}  // namespace

std::int64_t ElementBytes(v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_UNSPECIFIED:
    case v1::DATA_TYPE_FLOAT32:
      return 4;
    case v1::DATA_TYPE_FLOAT16:
    case v1::DATA_TYPE_BFLOAT16:
      return 2;
    case v1::DATA_TYPE_UINT8:
      return 1;
    default:
      return 0;
  }
}

absl::Status CheckDataType(v1::DataType type, absl::string_view field_path) {
  if (ElementBytes(type) > 0) return absl::OkStatus();
  return BadField(field_path,
                  absl::StrCat(field_path, " is ", static_cast<int>(type),
                               "; allowed are FLOAT32 (1), FLOAT16 (2), BFLOAT16 (3), UINT8 (4)"));
}

absl::Status CheckTensor(const v1::Tensor& tensor, absl::string_view field_path) {
  CAE_RETURN_IF_ERROR(CheckDataType(tensor.data_type(), absl::StrCat(field_path, ".data_type")));
  CAE_RETURN_IF_ERROR(CheckPayload(tensor, field_path));
  CAE_ASSIGN_OR_RETURN(const std::int64_t count, CountElements(tensor, field_path));
  if (!tensor.values().empty()) {
    if (count == tensor.values_size()) return absl::OkStatus();
    const std::string path = absl::StrCat(field_path, ".values");
    return BadField(path, absl::StrCat(path, " has ", tensor.values_size(), " elements; shape ",
                                       ShapeText(tensor), " takes ", count));
  }
  const std::int64_t bytes = count * ElementBytes(tensor.data_type());
  if (bytes == static_cast<std::int64_t>(tensor.data().size())) return absl::OkStatus();
  const std::string path = absl::StrCat(field_path, ".data");
  return BadField(
      path, absl::StrCat(path, " has ", tensor.data().size(), " bytes; shape ", ShapeText(tensor),
                         " of ", TypeText(tensor.data_type()), " takes ", bytes));
}

std::string DescribeModel(absl::string_view name, std::int64_t version) {
  return absl::StrCat("model '", name, "' v", version);
}

absl::StatusOr<Index> CheckShape(const v1::Tensor& tensor, absl::string_view field_path,
                                 Index columns, absl::string_view model) {
  const std::string path = absl::StrCat(field_path, ".shape");
  if (tensor.shape_size() < 1 || tensor.shape_size() > 2) {
    return BadField(path, absl::StrCat(field_path, " has shape ", ShapeText(tensor), "; ", model,
                                       " takes [n, ", columns, "] or [", columns, "]"));
  }
  const std::int64_t got = tensor.shape(tensor.shape_size() - 1);
  if (got != columns) {
    return BadField(
        path, absl::StrCat(field_path, " has ", got, " columns; ", model, " takes ", columns));
  }
  return tensor.shape_size() == 2 ? static_cast<Index>(tensor.shape(0)) : Index{1};
}

absl::Status CheckValues(ConstMatrixView values, absl::string_view field_path,
                         absl::string_view model, const std::optional<ValueBounds>& bounds) {
  const auto [low, high] = FloatBounds(bounds);
  const auto elements = absl::MakeConstSpan(values.data(), values.size());
  const std::size_t first = FirstOutside(elements, low, high);
  if (first == elements.size()) return absl::OkStatus();
  const auto position = static_cast<Index>(first);
  return BadValue(values, position / values.cols(), position % values.cols(), field_path, model,
                  bounds);
}

absl::Status CheckTensorValues(const v1::Tensor& tensor, absl::string_view field_path,
                               absl::string_view model, const std::optional<ValueBounds>& bounds) {
  if (const auto view = ViewTensor(tensor); view.has_value()) {
    return CheckValues(*view, field_path, model, bounds);
  }
  const auto [low, high] = FloatBounds(bounds);
  const bool is_bytes = tensor.data_type() == v1::DATA_TYPE_UINT8;
  if (is_bytes && low <= 0 && high >= 1) return absl::OkStatus();  // b / 255 for any byte b
  std::array<float, kBlock> block;
  const std::int64_t elements = ElementCount(tensor);
  for (std::int64_t first = 0; first < elements; first += kBlock) {
    const auto size = static_cast<std::size_t>(std::min(kBlock, elements - first));
    const auto floats = absl::MakeSpan(block.data(), size);
    ReadElements(tensor, first, floats);
    if (FirstOutside(floats, low, high) == size) continue;
    return CheckValues(DecodeTensor(tensor), field_path, model, bounds);  // for its message
  }
  return absl::OkStatus();
}

}  // namespace cae
