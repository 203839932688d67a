#include "trainer/criteria/dropout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "core/base/check.h"
#include "core/math/philox.h"
#include "trainer/base/random_stream.h"

namespace cae {

void FillDropoutMask(const DropoutPlace& place, double rate, const Piece& piece, MatrixView mask) {
  constexpr Index kBytes = 16;  // of one Philox block, one an element
  CAE_CHECK(piece.first % kBytes == 0, "a piece that starts within a block");
  const auto left_out = static_cast<int>(std::lround(rate * 256));
  const float kept = 256.0f / static_cast<float>(256 - left_out);
  const Index blocks_per_row = (mask.cols() + kBytes - 1) / kBytes;
  const NoiseCounter at{static_cast<std::uint64_t>(RandomUse::kDropout) << 16 | place.layer,
                        place.step};
  for (Index row = 0; row < mask.rows(); ++row) {
    for (Index col = piece.first; col < piece.first + piece.count; col += kBytes) {
      const auto block = static_cast<std::uint32_t>(row * blocks_per_row + col / kBytes);
      const auto words = Philox4x32(PhiloxCounter(at, block), place.seed);
      std::array<std::uint8_t, kBytes> bytes;
      std::memcpy(bytes.data(), words.data(), kBytes);
      const Index count = std::min(kBytes, mask.cols() - col);
      float* elements = mask.data() + row * mask.cols() + col;
      for (Index i = 0; i < count; ++i) elements[i] = bytes[i] < left_out ? 0.0f : kept;
    }
  }
}

}  // namespace cae
