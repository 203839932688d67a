// Lays rows of a matrix, each an image, out as one picture: samples of a chain, filters, tangents.
#ifndef CAE_CORE_IO_IMAGE_GRID_H_
#define CAE_CORE_IO_IMAGE_GRID_H_

#include "absl/status/statusor.h"
#include "core/io/image.h"
#include "core/math/matrix.h"

namespace cae {

/// How rows become a grid, filled left to right, then down.
struct ImageGridLayout {
  Index image_height = 0;
  Index image_width = 0;
  Index columns = 0;    ///< 0 = as square as it goes
  Index separator = 1;  ///< pixels between neighbours; none around the grid
};

/// A grey image: 0 is black, 1 is white, what lies outside is clamped and NaN is black. Separators
/// and cells without an image are mid-grey. INVALID_ARGUMENT where there is no row, where a row
/// does not have image_height · image_width elements, or where the grid would have more pixels than
/// a PNG of ours may (kMaxPngPixels). Thread-safe.
absl::StatusOr<Image> GreyImageGrid(ConstMatrixView rows, const ImageGridLayout& layout);

/// An RGB image of signed numbers such as tangent directions: white is 0, red positive, blue
/// negative, each image scaled by its own largest magnitude. Separators and empty cells are
/// mid-grey, NaN is black. Errors as above. Thread-safe.
absl::StatusOr<Image> SignedImageGrid(ConstMatrixView rows, const ImageGridLayout& layout);

}  // namespace cae

#endif  // CAE_CORE_IO_IMAGE_GRID_H_
