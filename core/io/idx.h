// The idx format of the MNIST files, unsigned bytes: magic 00 00 08 <axes>, big-endian 32-bit
// sizes, data. Source: "THE IDX FILE FORMAT", http://yann.lecun.com/exdb/mnist/. Trusts nothing it
// reads.
#ifndef CAE_CORE_IO_IDX_H_
#define CAE_CORE_IO_IDX_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"

namespace cae {

/// The grey images of a file with three axes.
struct IdxImages {
  Index height = 0;
  Index width = 0;
  MatrixOf<std::uint8_t> pixels;  ///< [images, height·width]

  /// The pixels as floats in [0, 1], value / 255.0f, as the wire's UINT8 tensors are read.
  Matrix Scaled() const;
};

/// INVALID_ARGUMENT for other magic numbers, for sizes that contradict the number of bytes, which
/// is checked before anything is allocated, and for a file without pixels. Thread-safe.
absl::StatusOr<IdxImages> ParseIdxImages(absl::string_view bytes);

/// The bytes of a file with one axis. Errors as above. Thread-safe.
absl::StatusOr<std::vector<std::uint8_t>> ParseIdxLabels(absl::string_view bytes);

}  // namespace cae

#endif  // CAE_CORE_IO_IDX_H_
