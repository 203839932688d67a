#include "core/io/npy.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/io/npy_header.h"
#include "core/io/quoted.h"
#include "core/math/half.h"

namespace cae {
namespace {

static_assert(std::endian::native == std::endian::little, "npy data is copied as it lies");

constexpr std::size_t kMaxAxes = 4;

struct Float16Bits {
  std::uint16_t bits;
};

float ToFloat(Float16Bits value) { return Float16ToFloat(value.bits); }
template <typename Number>
float ToFloat(Number value) {
  return static_cast<float>(value);
}

/// Whether float32 stands for the number: any double in range, integers only without rounding.
template <typename Number>
bool Representable(Number value, float converted) {
  if constexpr (std::is_same_v<Number, double>) {
    return !std::isfinite(value) || std::isfinite(converted);
  } else if constexpr (std::is_integral_v<Number> && sizeof(Number) >= 4) {
    // Through long double, which holds every 64-bit integer and every float exactly.
    return static_cast<long double>(value) == static_cast<long double>(converted);
  } else {
    return true;
  }
}

template <typename Number>
absl::Status Convert(absl::string_view data, Matrix& values) {
  for (Index i = 0; i < values.size(); ++i) {
    Number number;
    std::memcpy(&number, data.data() + i * static_cast<Index>(sizeof(Number)), sizeof(Number));
    const float converted = ToFloat(number);
    if constexpr (std::is_arithmetic_v<Number>) {
      if (!Representable(number, converted)) {
        return absl::InvalidArgumentError(
            absl::StrCat("npy element ", i, " is ", number, ", which float32 cannot hold"));
      }
    }
    values.data()[i] = converted;
  }
  return absl::OkStatus();
}

/// One type of elements: how it is called, how long it is, how it becomes floats.
struct ElementType {
  absl::string_view dtype;
  std::int64_t bytes;
  absl::Status (*convert)(absl::string_view data, Matrix& values);
};

constexpr ElementType kElementTypes[] = {
    {"<f4", 4, Convert<float>},         {"<f8", 8, Convert<double>},
    {"<f2", 2, Convert<Float16Bits>},   {"|u1", 1, Convert<std::uint8_t>},
    {"|i1", 1, Convert<std::int8_t>},   {"|b1", 1, Convert<std::uint8_t>},
    {"<u2", 2, Convert<std::uint16_t>}, {"<i2", 2, Convert<std::int16_t>},
    {"<u4", 4, Convert<std::uint32_t>}, {"<i4", 4, Convert<std::int32_t>},
    {"<u8", 8, Convert<std::uint64_t>}, {"<i8", 8, Convert<std::int64_t>},
};

absl::StatusOr<ElementType> FindElementType(absl::string_view dtype) {
  for (const ElementType& type : kElementTypes) {
    if (type.dtype == dtype) return type;
  }
  return absl::InvalidArgumentError(
      absl::StrCat("npy elements of type ", Quoted(dtype),
                   " are not supported; convert the array with .astype('<f4')"));
}

/// Checks the header against the bytes after it before anything of the array's size is allocated.
absl::Status CheckSize(const NpyHeader& header, std::int64_t element_bytes,
                       std::int64_t data_bytes) {
  const std::string shape = absl::StrCat("(", absl::StrJoin(header.shape, ", "), ")");
  if (header.shape.empty() || header.shape.size() > kMaxAxes) {
    return absl::InvalidArgumentError(absl::StrCat("an npy array of shape ", shape, " has ",
                                                   header.shape.size(), " axes, 1 to ", kMaxAxes,
                                                   " are supported"));
  }
  std::int64_t bytes = element_bytes;
  for (std::size_t axis = 0; axis < header.shape.size(); ++axis) {
    // Rows without columns would be rows that cost no bytes: a count that nothing bounds.
    if (axis > 0 && header.shape[axis] == 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("the npy shape ", shape, " has an empty axis after the first"));
    }
    const std::int64_t extent = std::max<std::int64_t>(header.shape[axis], 1);
    if (__builtin_mul_overflow(bytes, extent, &bytes)) {
      return absl::InvalidArgumentError(absl::StrCat("the npy shape ", shape, " overflows"));
    }
  }
  if (header.shape[0] == 0) bytes = 0;
  if (bytes != data_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("the npy header says shape ", shape, ", ", bytes,
                                                   " bytes; the file has ", data_bytes));
  }
  return absl::OkStatus();
}

std::uint8_t ToPixel(float value) {
  // Written so that NaN ends in the first branch.
  if (!(value > 0)) return 0;
  return static_cast<std::uint8_t>(std::floor(255.0f * std::min(value, 1.0f) + 0.5f));
}

template <typename Element, typename Convert>
std::string Serialize(absl::string_view dtype, ConstMatrixView values,
                      absl::Span<const std::int64_t> shape, Convert convert) {
  std::string bytes = SerializeNpyHeader(dtype, shape);
  const std::size_t start = bytes.size();
  bytes.resize(start + static_cast<std::size_t>(values.size()) * sizeof(Element));
  char* next = bytes.data() + start;
  for (Index i = 0; i < values.size(); ++i, next += sizeof(Element)) {
    const Element element = convert(values.data()[i]);
    std::memcpy(next, &element, sizeof(Element));
  }
  return bytes;
}

}  // namespace

absl::StatusOr<NpyView> ParseNpyView(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(NpyHeader header, ParseNpyHeader(bytes));
  CAE_ASSIGN_OR_RETURN(const ElementType type, FindElementType(header.dtype));
  const absl::string_view data = bytes.substr(header.data_offset);
  CAE_RETURN_IF_ERROR(CheckSize(header, type.bytes, static_cast<std::int64_t>(data.size())));
  if (header.fortran_order && header.shape.size() > 1) {
    return absl::InvalidArgumentError(
        "the npy array is in Fortran order; save numpy.ascontiguousarray(array) instead");
  }
  return NpyView{std::move(header.shape), std::move(header.dtype), data};
}

absl::StatusOr<NpyArray> ParseNpy(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(NpyView view, ParseNpyView(bytes));
  CAE_ASSIGN_OR_RETURN(const ElementType type, FindElementType(view.dtype));
  NpyArray array;
  Index columns = 1;
  for (std::size_t axis = 1; axis < view.shape.size(); ++axis) columns *= view.shape[axis];
  array.values.resize(view.shape[0], columns);
  CAE_RETURN_IF_ERROR(type.convert(view.data, array.values));
  array.shape = std::move(view.shape);
  array.dtype = std::move(view.dtype);
  return array;
}

std::string SerializeNpy(ConstMatrixView values, absl::Span<const std::int64_t> shape,
                         NpyType type) {
  Index elements = 1;
  for (const std::int64_t extent : shape) elements *= extent;
  CAE_CHECK(elements == values.size(),
            absl::StrCat("shape (", absl::StrJoin(shape, ", "), ") of ", values.size(), " values"));
  switch (type) {
    case NpyType::kFloat16:
      return Serialize<std::uint16_t>("<f2", values, shape, FloatToFloat16);
    case NpyType::kUint8:
      return Serialize<std::uint8_t>("|u1", values, shape, ToPixel);
    case NpyType::kFloat32:
      break;
  }
  return Serialize<float>("<f4", values, shape, [](float value) { return value; });
}

std::string SerializeNpy(ConstMatrixView values) {
  return SerializeNpy(values, {values.rows(), values.cols()});
}

}  // namespace cae
