#include "core/io/png.h"

#include <png.h>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

/// libpng's record of one image, freed with its scope.
class PngImage {
 public:
  PngImage() { image_.version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(&image_); }

  png_image* get() { return &image_; }
  png_image* operator->() { return &image_; }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(what, ": ", image_.message));
  }

 private:
  png_image image_ = {};
};

}  // namespace

absl::StatusOr<Image> ParseGreyPng(absl::string_view bytes, std::int64_t max_pixels) {
  PngImage png;
  if (png_image_begin_read_from_memory(png.get(), bytes.data(), bytes.size()) == 0) {
    return png.Error("not a PNG file that can be read");
  }
  // Both sizes are below 2^31, libpng's own limit, so that the product fits.
  const std::int64_t pixels = std::int64_t{png->width} * std::int64_t{png->height};
  if (pixels > max_pixels) {
    return absl::OutOfRangeError(absl::StrCat("the PNG image has ", png->width, " x ", png->height,
                                              " pixels, at most ", max_pixels, " are allowed"));
  }
  png->format = PNG_FORMAT_GRAY;
  // Otherwise 16-bit files that do not name their encoding would count as linear light and turn
  // brighter than the same picture in 8 bits.
  png->flags |= PNG_IMAGE_FLAG_16BIT_sRGB;
  Image image;
  image.width = png->width;
  image.height = png->height;
  image.pixels.resize(static_cast<std::size_t>(pixels));
  // With a background colour given, transparent pixels are laid on it.
  const png_color black = {0, 0, 0};
  if (png_image_finish_read(png.get(), &black, image.pixels.data(), /*row_stride=*/0,
                            /*colormap=*/nullptr) == 0) {
    return png.Error("the PNG file is damaged");
  }
  return image;
}

absl::StatusOr<std::string> SerializePng(const Image& image) {
  constexpr Index kLargestSide = 1 << 24;
  if (image.height < 1 || image.width < 1 || image.height > kLargestSide ||
      image.width > kLargestSide || (image.channels != 1 && image.channels != 3) ||
      static_cast<Index>(image.pixels.size()) != image.height * image.width * image.channels) {
    return absl::InvalidArgumentError(absl::StrCat(
        "no PNG can be made of ", image.pixels.size(), " bytes as ", image.height, " x ",
        image.width, " pixels of ", image.channels, " channels (1 and 3 are possible)"));
  }
  PngImage png;
  png->width = static_cast<png_uint_32>(image.width);
  png->height = static_cast<png_uint_32>(image.height);
  png->format = image.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(*png.get());
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(png.get(), bytes.data(), &size, /*convert_to_8_bit=*/0,
                                image.pixels.data(), /*row_stride=*/0,
                                /*colormap=*/nullptr) == 0) {
    return png.Error("cannot write a PNG file");
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace cae
