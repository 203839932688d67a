// NumPy's .npy format (numpy.lib.format), versions 1.0, 2.0 and 3.0. Works on bytes in memory, so
// that files and standard input go the same way. Trusts nothing it reads.
#ifndef CAE_CORE_IO_NPY_H_
#define CAE_CORE_IO_NPY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/math/matrix.h"

namespace cae {

/// An array of 1 to 4 axes.
struct NpyArray {
  std::vector<std::int64_t> shape;  ///< as in the file; only the first axis may be 0
  std::string dtype;                ///< as in the file: "<f4", "|u1", ...
  Matrix values;  ///< [shape[0], product of the other axes]; a vector is one column
};

/// Reads '<f2', '<f4', '<f8', '|b1', '|u1', '|i1' and '<u2' to '<i8' in C order into floats.
/// Numbers are not scaled: a pixel 255 stays 255. Doubles are rounded to the nearest float. NaN and
/// infinities pass; who needs finite numbers checks.
///
/// INVALID_ARGUMENT: not an npy file, a header that contradicts itself or the number of bytes,
/// another type, Fortran order, a double or integer that float32 cannot hold (integers are never
/// rounded). Allocates at most 4 bytes a byte of input. Thread-safe.
absl::StatusOr<NpyArray> ParseNpy(absl::string_view bytes);

/// An array whose elements still lie in the bytes of its file, for those who take them as they are.
struct NpyView {
  std::vector<std::int64_t> shape;
  std::string dtype;
  absl::string_view data;  ///< C order, exactly product(shape) elements
};

/// All that ParseNpy does but the conversion; errors as there, those of single elements aside.
/// Thread-safe.
absl::StatusOr<NpyView> ParseNpyView(absl::string_view bytes);

/// How elements are written.
enum class NpyType {
  kFloat32,  ///< '<f4'
  kFloat16,  ///< '<f2', rounded to nearest, ties to even; overflow becomes infinity
  kUint8,    ///< '|u1': clamp(round(255 v)), halves rounded up, as pixels are; NaN becomes 0
};

/// An npy file (version 1.0, C order) of this shape, whose product must be the number of values.
/// The same values always give the same bytes, those that numpy.save writes. Thread-safe.
std::string SerializeNpy(ConstMatrixView values, absl::Span<const std::int64_t> shape,
                         NpyType type = NpyType::kFloat32);

/// The same with the shape [rows, cols].
std::string SerializeNpy(ConstMatrixView values);

}  // namespace cae

#endif  // CAE_CORE_IO_NPY_H_
