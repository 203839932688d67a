#include "core/io/idx.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kSizeBytes = 4;
constexpr unsigned char kUnsignedByte = 0x08;

std::uint32_t BigEndian(absl::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < kSizeBytes; ++i) {
    value = value << 8 | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

struct Contents {
  std::vector<std::int64_t> shape;
  absl::string_view data;  // exactly product(shape) bytes
};

absl::StatusOr<Contents> Split(absl::string_view bytes, std::size_t axes) {
  const std::size_t header = kMagicBytes + axes * kSizeBytes;
  if (bytes.size() < header) {
    return absl::InvalidArgumentError(absl::StrCat("an idx file of ", axes, " axes begins with ",
                                                   header, " bytes, got ", bytes.size()));
  }
  const auto byte = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (byte(0) != 0 || byte(1) != 0 || byte(2) != kUnsignedByte || byte(3) != axes) {
    return absl::InvalidArgumentError(
        absl::StrCat("not an idx file of unsigned bytes with ", axes, " axes: magic number ",
                     absl::Hex(BigEndian(bytes), absl::kZeroPad8), ", needed 0000080", axes));
  }
  Contents contents;
  contents.data = bytes.substr(header);
  std::int64_t elements = 1;
  bool overflow = false;
  for (std::size_t axis = 0; axis < axes; ++axis) {
    const std::int64_t extent = BigEndian(bytes.substr(kMagicBytes + axis * kSizeBytes));
    contents.shape.push_back(extent);
    overflow = overflow || __builtin_mul_overflow(elements, extent, &elements);
  }
  if (overflow || elements != static_cast<std::int64_t>(contents.data.size())) {
    return absl::InvalidArgumentError(absl::StrCat("the idx header says ",
                                                   absl::StrJoin(contents.shape, " x "),
                                                   " bytes, the file has ", contents.data.size()));
  }
  return contents;
}

}  // namespace

Matrix IdxImages::Scaled() const { return pixels.cast<float>() / 255.0f; }

absl::StatusOr<IdxImages> ParseIdxImages(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(const Contents contents, Split(bytes, 3));
  IdxImages images;
  images.height = contents.shape[1];
  images.width = contents.shape[2];
  // Two extents below 2^32: their product may pass 2^63 only where there is no image at all.
  if (contents.shape[0] == 0 || images.height == 0 || images.width == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the idx file holds no pixels: ", absl::StrJoin(contents.shape, " x ")));
  }
  images.pixels.resize(contents.shape[0], images.height * images.width);
  std::copy(contents.data.begin(), contents.data.end(),
            reinterpret_cast<char*>(images.pixels.data()));
  return images;
}

absl::StatusOr<std::vector<std::uint8_t>> ParseIdxLabels(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(const Contents contents, Split(bytes, 1));
  return std::vector<std::uint8_t>(contents.data.begin(), contents.data.end());
}

}  // namespace cae
