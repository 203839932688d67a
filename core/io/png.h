// PNG files of 8-bit pixels, through libpng's simplified interface, whose errors come back as
// values and never jump over our objects.
#ifndef CAE_CORE_IO_PNG_H_
#define CAE_CORE_IO_PNG_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/io/image.h"

namespace cae {

inline constexpr std::int64_t kMaxPngPixels = 64 << 20;

/// The image as grey, whatever the file holds: colour becomes its luminance, transparent pixels lie
/// on black, 16 bits become 8. INVALID_ARGUMENT for bytes that libpng refuses; OUT_OF_RANGE for
/// more than `max_pixels` pixels, before memory for them is taken. Thread-safe.
absl::StatusOr<Image> ParseGreyPng(absl::string_view bytes,
                                   std::int64_t max_pixels = kMaxPngPixels);

/// A PNG file of a grey or RGB image. INVALID_ARGUMENT where the pixels do not fit the sizes.
/// Thread-safe.
absl::StatusOr<std::string> SerializePng(const Image& image);

}  // namespace cae

#endif  // CAE_CORE_IO_PNG_H_
