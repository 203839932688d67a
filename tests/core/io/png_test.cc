#include "core/io/png.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "absl/strings/escaping.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Files made with Python's zlib module, not with libpng.
constexpr absl::string_view kGrey16 =
    "89504e470d0a1a0a0000000d49484452000000030000000110000000006e1b972b0000000f49444154789c63606068"
    "68"
    "f8ff1f00068402ff4660deb60000000049454e44ae426082";
constexpr absl::string_view kGreyAlpha =
    "89504e470d0a1a0a0000000d4948445200000003000000010804000000b1e9dc3f0000000f49444154789c63f8ffff"
    "3f"
    "43ca7f0010bf0461368ac4400000000049454e44ae426082";
constexpr absl::string_view kPalette =
    "89504e470d0a1a0a0000000d4948445200000002000000010803000000c3fc8fb800000006504c5445ffffff404040"
    "a3"
    "fd502b0000000b49444154789c636060040000040002bf7a3f4a0000000049454e44ae426082";
constexpr absl::string_view kOneBit =
    "89504e470d0a1a0a0000000d49484452000000080000000101000000"
    "00cb7bd2ee0000000a49444154789c63580a0000a700a6e5b9c5e20000000049454e44ae426082";
constexpr absl::string_view kHuge =
    "89504e470d0a1a0a0000000d49484452000f423f000f423f0800000000843006a000"
    "00000849444154789c030000000001480689d20000000049454e44ae426082";

std::string Bytes(absl::string_view hex) { return absl::HexStringToBytes(hex); }

Image Ramp(Index height, Index width, Index channels) {
  Image image{height, width, channels, {}};
  for (Index i = 0; i < height * width * channels; ++i) {
    image.pixels.push_back(static_cast<std::uint8_t>(i * 37));
  }
  return image;
}

TEST(PngTest, GreyImagesComeBackExactly) {
  const Image image = Ramp(5, 7, 1);
  const absl::StatusOr<std::string> bytes = SerializePng(image);
  ASSERT_THAT(bytes, IsOk());
  const absl::StatusOr<Image> read = ParseGreyPng(*bytes);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->height, 5);
  EXPECT_EQ(read->width, 7);
  EXPECT_EQ(read->channels, 1);
  EXPECT_EQ(read->pixels, image.pixels);
}

TEST(PngTest, WritesRgbWithItsChannelsInOrder) {
  const absl::StatusOr<std::string> bytes =
      SerializePng(Image{1, 4, 3, {255, 0, 0, /**/ 0, 255, 0, /**/ 0, 0, 255, /**/ 90, 90, 90}});
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(bytes->substr(25, 1), "\x02") << "colour type of the header: RGB";
  const absl::StatusOr<Image> read = ParseGreyPng(*bytes);
  ASSERT_THAT(read, IsOk());
  ASSERT_EQ(read->pixels.size(), 4U);
  // Luminances of sRGB's primaries (0.2126, 0.7152, 0.0722), encoded: 127, 220, 76.
  EXPECT_NEAR(read->pixels[0], 127, 1);
  EXPECT_NEAR(read->pixels[1], 220, 1);
  EXPECT_NEAR(read->pixels[2], 76, 1);
  EXPECT_NEAR(read->pixels[3], 90, 1);
}

TEST(PngTest, ReadsOtherKindsOfPixelsAsGrey) {
  const absl::StatusOr<Image> grey16 = ParseGreyPng(Bytes(kGrey16));
  ASSERT_THAT(grey16, IsOk());
  EXPECT_THAT(grey16->pixels, ElementsAre(0, 128, 255));
  const absl::StatusOr<Image> alpha = ParseGreyPng(Bytes(kGreyAlpha));
  ASSERT_THAT(alpha, IsOk());
  EXPECT_THAT(alpha->pixels, ElementsAre(255, 0, 100)) << "what is transparent is black";
  const absl::StatusOr<Image> palette = ParseGreyPng(Bytes(kPalette));
  ASSERT_THAT(palette, IsOk());
  EXPECT_THAT(palette->pixels, ElementsAre(255, 64));
  const absl::StatusOr<Image> one_bit = ParseGreyPng(Bytes(kOneBit));
  ASSERT_THAT(one_bit, IsOk());
  EXPECT_THAT(one_bit->pixels, ElementsAre(255, 0, 255, 0, 0, 255, 0, 255));
}

TEST(PngTest, RefusesMorePixelsThanAllowedBeforeTakingMemory) {
  EXPECT_THAT(ParseGreyPng(Bytes(kHuge)),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("999999 x 999999")));
  const absl::StatusOr<std::string> bytes = SerializePng(Ramp(4, 5, 1));
  ASSERT_THAT(bytes, IsOk());
  EXPECT_THAT(ParseGreyPng(*bytes, 20), IsOk());
  EXPECT_THAT(ParseGreyPng(*bytes, 19),
              StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("at most 19")));
}

TEST(PngTest, TruncatedAndDamagedFilesAreErrors) {
  const absl::StatusOr<std::string> bytes = SerializePng(Ramp(9, 9, 1));
  ASSERT_THAT(bytes, IsOk());
  // The last chunk, IEND, has 12 bytes; libpng is content once all pixels are there.
  for (std::size_t size = 0; size < bytes->size() - 12 - 4; ++size) {
    EXPECT_THAT(ParseGreyPng(bytes->substr(0, size)), StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
  for (std::size_t i = 0; i < bytes->size(); ++i) {
    std::string damaged = *bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x10);
    const absl::StatusOr<Image> image = ParseGreyPng(damaged);
    if (i < 33) {
      EXPECT_THAT(image, Not(IsOk())) << "signature or header, byte " << i;
    }
  }
}

TEST(PngTest, RefusesToWriteWhatIsNoImage) {
  Image image = Ramp(2, 2, 1);
  image.pixels.pop_back();
  EXPECT_THAT(SerializePng(image), StatusIs(absl::StatusCode::kInvalidArgument,
                                            AllOf(HasSubstr("3 bytes"), HasSubstr("2 x 2"))));
  EXPECT_THAT(SerializePng(Ramp(1, 1, 2)), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SerializePng(Image{}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SerializePng(Image{-1, -1, 1, {0}}), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(SerializePng(Image{Index{1} << 32, Index{1} << 32, 1, {}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cae
