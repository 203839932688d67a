#include "core/io/image_grid.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/png.h"

namespace cae {
namespace {

constexpr std::uint8_t kMidGrey = 128;

std::uint8_t Level(float value) {
  // Written so that NaN ends in the first branch.
  if (!(value > 0)) return 0;
  return static_cast<std::uint8_t>(std::lround(255.0f * std::min(value, 1.0f)));
}

/// Blue at −1, white at 0, red at 1.
std::array<std::uint8_t, 3> SignedColour(float value) {
  if (std::isnan(value)) return {0, 0, 0};
  const std::uint8_t rest = Level(1.0f - std::abs(value));
  if (value > 0) return {255, rest, rest};
  return {rest, rest, 255};
}

Index Columns(Index count, Index wanted) {
  if (wanted > 0) return std::min(wanted, count);
  return static_cast<Index>(std::ceil(std::sqrt(static_cast<double>(count))));
}

absl::Status CheckLayout(ConstMatrixView rows, const ImageGridLayout& layout) {
  if (rows.rows() < 1) return absl::InvalidArgumentError("a grid needs at least one image");
  if (layout.image_height < 1 || layout.image_width < 1 || layout.columns < 0 ||
      layout.separator < 0 || layout.image_height > kMaxPngPixels ||
      layout.image_width > kMaxPngPixels || layout.separator > kMaxPngPixels) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no grid can be made of images of ", layout.image_height, " x ", layout.image_width,
        " pixels in ", layout.columns, " columns with separators of ", layout.separator));
  }
  if (layout.image_height * layout.image_width != rows.cols()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "an image of ", layout.image_height, " x ", layout.image_width, " pixels takes ",
        layout.image_height * layout.image_width, " elements, a row has ", rows.cols()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Image> EmptyGrid(Index count, Index columns, const ImageGridLayout& layout,
                                Index channels) {
  const Index down = (count + columns - 1) / columns;
  Image image;
  image.channels = channels;
  Index pixels = 0;
  if (__builtin_mul_overflow(columns, layout.image_width + layout.separator, &image.width) ||
      __builtin_mul_overflow(down, layout.image_height + layout.separator, &image.height)) {
    return absl::InvalidArgumentError("the grid is too large");
  }
  image.width -= layout.separator;
  image.height -= layout.separator;
  if (__builtin_mul_overflow(image.width, image.height, &pixels) || pixels > kMaxPngPixels) {
    return absl::InvalidArgumentError(
        absl::StrCat("a grid of ", count, " images would have ", image.height, " x ", image.width,
                     " pixels, at most ", kMaxPngPixels, " are allowed: show fewer rows"));
  }
  image.pixels.assign(static_cast<std::size_t>(pixels * channels), kMidGrey);
  return image;
}

/// Calls paint(row, element, pixel) for each element of each row; `pixel` is where its channels go.
template <typename Paint>
absl::StatusOr<Image> MakeGrid(ConstMatrixView rows, const ImageGridLayout& layout, Index channels,
                               Paint paint) {
  CAE_RETURN_IF_ERROR(CheckLayout(rows, layout));
  const Index columns = Columns(rows.rows(), layout.columns);
  CAE_ASSIGN_OR_RETURN(Image image, EmptyGrid(rows.rows(), columns, layout, channels));
  for (Index row = 0; row < rows.rows(); ++row) {
    const Index top = row / columns * (layout.image_height + layout.separator);
    const Index left = row % columns * (layout.image_width + layout.separator);
    for (Index element = 0; element < rows.cols(); ++element) {
      const Index y = top + element / layout.image_width;
      const Index x = left + element % layout.image_width;
      paint(row, element, image.pixels.data() + (y * image.width + x) * channels);
    }
  }
  return image;
}

}  // namespace

absl::StatusOr<Image> GreyImageGrid(ConstMatrixView rows, const ImageGridLayout& layout) {
  return MakeGrid(rows, layout, 1, [&](Index row, Index element, std::uint8_t* pixel) {
    *pixel = Level(rows(row, element));
  });
}

absl::StatusOr<Image> SignedImageGrid(ConstMatrixView rows, const ImageGridLayout& layout) {
  // The largest finite magnitude of each row; an all-zero row stays white.
  Vector scale(rows.rows());
  for (Index row = 0; row < rows.rows(); ++row) {
    float largest = 0;
    for (Index element = 0; element < rows.cols(); ++element) {
      const float magnitude = std::abs(rows(row, element));
      if (std::isfinite(magnitude)) largest = std::max(largest, magnitude);
    }
    scale[row] = largest > 0 ? largest : 1.0f;
  }
  return MakeGrid(rows, layout, 3, [&](Index row, Index element, std::uint8_t* pixel) {
    const auto colour = SignedColour(rows(row, element) / scale[row]);
    std::copy(colour.begin(), colour.end(), pixel);
  });
}

}  // namespace cae
