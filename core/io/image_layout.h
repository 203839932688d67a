// Pictures out of pictures: enlarged, side by side, cut into tiles.
#ifndef CAE_CORE_IO_IMAGE_LAYOUT_H_
#define CAE_CORE_IO_IMAGE_LAYOUT_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "core/io/image.h"
#include "core/math/matrix.h"

namespace cae {

/// Each pixel as a square of factor · factor pixels. INVALID_ARGUMENT for a factor below 1 and for
/// pictures of more than kMaxPngPixels pixels. Thread-safe.
absl::StatusOr<Image> Enlarge(const Image& image, Index factor);

/// `left`, `gap` columns of mid-grey pixels, `right`; in colour if one of them is. INVALID_ARGUMENT
/// where they differ in height, and for too many pixels as above. Thread-safe.
absl::StatusOr<Image> Beside(const Image& left, Index gap, const Image& right);

/// A grid of tiles of one size, as GreyImageGrid lays them out.
struct TileGrid {
  Index rows = 1;
  Index columns = 1;
};

/// The tiles of a grey image, each of height · width pixels, as rows [rows · columns, height ·
/// width], left to right, then down. What the tiles leave of the image must be separators of one
/// width. INVALID_ARGUMENT, with the sizes, where it is not. Thread-safe.
absl::StatusOr<MatrixOf<std::uint8_t>> CutTiles(const Image& image, TileGrid grid, Index height,
                                                Index width);

}  // namespace cae

#endif  // CAE_CORE_IO_IMAGE_LAYOUT_H_
