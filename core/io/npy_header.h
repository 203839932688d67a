// The header of an .npy file: a magic string, a version, a length and a Python dictionary.
#ifndef CAE_CORE_IO_NPY_HEADER_H_
#define CAE_CORE_IO_NPY_HEADER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cae {

struct NpyHeader {
  std::string dtype;  ///< the text of 'descr'
  bool fortran_order = false;
  std::vector<std::int64_t> shape;  ///< each at least 0
  std::size_t data_offset = 0;      ///< where the elements begin, at most the size of the file
};

/// Reads the header at the beginning of a file. INVALID_ARGUMENT for anything but the three keys
/// that NumPy writes, each once, in any order; nothing is evaluated. Thread-safe.
absl::StatusOr<NpyHeader> ParseNpyHeader(absl::string_view bytes);

/// A version 1.0 header for C order, padded as NumPy pads it. Thread-safe.
std::string SerializeNpyHeader(absl::string_view dtype, absl::Span<const std::int64_t> shape);

}  // namespace cae

#endif  // CAE_CORE_IO_NPY_HEADER_H_
