// Any bytes either fail to parse or are an image that is written and read again without a change.
//
// A chunk whose checksum is wrong ends in libpng's first lines, and a fuzzer never guesses one.
// Inputs therefore run a second time with their checksums put right.
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "core/io/png.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxPixels = 1 << 16;

void Run(absl::string_view bytes) {
  const absl::StatusOr<Image> image = ParseGreyPng(bytes, kMaxPixels);
  if (!image.ok()) return;
  CAE_CHECK(image->height * image->width <= kMaxPixels, "more pixels than allowed");
  const absl::StatusOr<std::string> written = SerializePng(*image);
  CAE_CHECK(written.ok(), written.status().ToString());
  const absl::StatusOr<Image> again = ParseGreyPng(*written, kMaxPixels);
  CAE_CHECK(again.ok(), again.status().ToString());
  CAE_CHECK(again->height == image->height && again->pixels == image->pixels, "pixels changed");
}

/// Chunks are a big-endian length, four letters, the data, and the checksum of the last two.
std::string WithRightChecksums(std::string bytes) {
  const auto byte = [&bytes](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(bytes[i])};
  };
  for (std::size_t chunk = 8; chunk + 12 <= bytes.size();) {
    const std::size_t length =
        byte(chunk) << 24 | byte(chunk + 1) << 16 | byte(chunk + 2) << 8 | byte(chunk + 3);
    if (length > bytes.size() - chunk - 12) break;
    const auto* start = reinterpret_cast<const Bytef*>(bytes.data()) + chunk + 4;
    const auto checksum =
        static_cast<std::uint32_t>(crc32(0, start, static_cast<uInt>(length + 4)));
    const std::size_t end = chunk + 8 + length;
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[end + i] = static_cast<char>(checksum >> (24 - 8 * i));
    }
    chunk = end + 4;
  }
  return bytes;
}

}  // namespace
}  // namespace cae

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  cae::Run(bytes);
  cae::Run(cae::WithRightChecksums(bytes));
  return 0;
}
