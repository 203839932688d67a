#include "core/io/image_layout.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/png.h"

namespace cae {
namespace {

constexpr std::uint8_t kMidGrey = 128;

absl::StatusOr<Image> EmptyImage(Index height, Index width, Index channels) {
  Index pixels = 0;
  if (height < 1 || width < 1 || __builtin_mul_overflow(height, width, &pixels) ||
      pixels > kMaxPngPixels) {
    return absl::InvalidArgumentError(absl::StrCat("a picture of ", height, " x ", width,
                                                   " pixels cannot be made, at most ",
                                                   kMaxPngPixels, " pixels are allowed"));
  }
  Image image{.height = height, .width = width, .channels = channels, .pixels = {}};
  image.pixels.assign(static_cast<std::size_t>(pixels * channels), kMidGrey);
  return image;
}

const std::uint8_t* Pixel(const Image& image, Index y, Index x) {
  return image.pixels.data() + (y * image.width + x) * image.channels;
}
std::uint8_t* Pixel(Image& image, Index y, Index x) {
  return image.pixels.data() + (y * image.width + x) * image.channels;
}

/// Copies `from` into `to`, its left edge at column `left`; grey spreads over all channels.
void Paint(const Image& from, Index left, Image& to) {
  for (Index y = 0; y < from.height; ++y) {
    for (Index x = 0; x < from.width; ++x) {
      std::uint8_t* pixel = Pixel(to, y, left + x);
      for (Index channel = 0; channel < to.channels; ++channel) {
        pixel[channel] = Pixel(from, y, x)[from.channels == 1 ? 0 : channel];
      }
    }
  }
}

/// Pixels between `count` tiles of `extent` that fill `total`; nullopt where they do not. One tile
/// leaves nothing over and says nothing about separators: -1.
std::optional<Index> Separator(Index total, Index count, Index extent) {
  const Index rest = total - count * extent;
  if (count == 1) return rest == 0 ? std::optional<Index>(-1) : std::nullopt;
  if (rest < 0 || rest % (count - 1) != 0) return std::nullopt;
  return rest / (count - 1);
}

}  // namespace

absl::StatusOr<Image> Enlarge(const Image& image, Index factor) {
  if (factor < 1 || factor > kMaxPngPixels) {
    return absl::InvalidArgumentError(
        absl::StrCat("a picture cannot be enlarged ", factor, "-fold"));
  }
  absl::StatusOr<Image> large =
      EmptyImage(image.height * factor, image.width * factor, image.channels);
  if (!large.ok()) return large;
  for (Index y = 0; y < large->height; ++y) {
    for (Index x = 0; x < large->width; ++x) {
      std::copy_n(Pixel(image, y / factor, x / factor), image.channels, Pixel(*large, y, x));
    }
  }
  return large;
}

absl::StatusOr<Image> Beside(const Image& left, Index gap, const Image& right) {
  if (left.height != right.height || gap < 0 || gap > kMaxPngPixels) {
    return absl::InvalidArgumentError(absl::StrCat("pictures of ", left.height, " and ",
                                                   right.height, " rows with ", gap,
                                                   " pixels between do not lie side by side"));
  }
  absl::StatusOr<Image> both = EmptyImage(left.height, left.width + gap + right.width,
                                          std::max(left.channels, right.channels));
  if (!both.ok()) return both;
  Paint(left, 0, *both);
  Paint(right, left.width + gap, *both);
  return both;
}

absl::StatusOr<MatrixOf<std::uint8_t>> CutTiles(const Image& image, TileGrid grid, Index height,
                                                Index width) {
  CAE_CHECK(image.channels == 1, "tiles are cut from grey images");
  std::optional<Index> down;
  std::optional<Index> across;
  if (grid.rows >= 1 && grid.columns >= 1 && height >= 1 && width >= 1 &&
      grid.rows <= image.height / height && grid.columns <= image.width / width) {
    down = Separator(image.height, grid.rows, height);
    across = Separator(image.width, grid.columns, width);
  }
  if (!down.has_value() || !across.has_value() ||
      (*down != *across && *down != -1 && *across != -1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("an image of ", image.height, " x ", image.width, " pixels is no grid of ",
                     grid.rows, " x ", grid.columns, " tiles of ", height, " x ", width,
                     " pixels, with or without lines of one width between them"));
  }
  const Index separator = std::max<Index>({*down, *across, 0});
  MatrixOf<std::uint8_t> tiles(grid.rows * grid.columns, height * width);
  for (Index tile = 0; tile < tiles.rows(); ++tile) {
    const Index top = tile / grid.columns * (height + separator);
    const Index left = tile % grid.columns * (width + separator);
    for (Index y = 0; y < height; ++y) {
      std::copy_n(Pixel(image, top + y, left), width, tiles.row(tile).data() + y * width);
    }
  }
  return tiles;
}

}  // namespace cae
