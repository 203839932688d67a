#include "trainer/criteria/training_noise.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/check.h"
#include "core/math/normal.h"
#include "core/math/philox.h"
#include "core/math/vector_math.h"
#include "trainer/criteria/piece_views.h"

namespace cae {
namespace {

std::uint32_t LimitOf(double share) {
  return static_cast<std::uint32_t>(std::llround(share * 0x1p32));
}

void ReplaceInputs(const Corruption& corruption, const NoisePlace& place, Index number,
                   absl::Span<float> row) {
  const std::uint32_t masked = LimitOf(corruption.masking);
  const std::uint32_t replaced = LimitOf(corruption.masking + corruption.salt_and_pepper);
  const NoiseCounter at = CounterAt(place, RandomUse::kMasking, number);
  for (std::size_t first = 0; first < row.size(); first += 4) {
    const auto words =
        Philox4x32(PhiloxCounter(at, static_cast<std::uint32_t>(first / 4)), place.seed);
    const std::size_t count = std::min<std::size_t>(4, row.size() - first);
    for (std::size_t i = 0; i < count; ++i) {
      if (words[i] >= replaced) continue;
      row[first + i] = words[i] < masked ? 0.0f : static_cast<float>(words[i] & 1);
    }
  }
}

}  // namespace

NoiseCounter CounterAt(const NoisePlace& place, RandomUse use, Index row) {
  CAE_CHECK(place.stage < 256 && row < (Index{1} << 32), "a stage or row without random numbers");
  return {
      static_cast<std::uint64_t>(use) << 40 | place.stage << 32 | static_cast<std::uint64_t>(row),
      place.step};
}

void FillNormals(const NoisePlace& place, RandomUse use, Index first_row, MatrixView normals) {
  for (Index i = 0; i < normals.rows(); ++i) {
    StandardNormals(place.seed, CounterAt(place, use, first_row + i),
                    Elements(Rows(normals, i, 1)));
  }
}

void Corrupt(const Corruption& corruption, const NoisePlace& place, Index first_row,
             MatrixView rows) {
  std::vector<float> normals(rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    const absl::Span<float> row = Elements(Rows(rows, i, 1));
    if (corruption.noise_stddev > 0) {
      FillNormals(place, RandomUse::kCorruption, first_row + i,
                  MatrixView(normals.data(), 1, rows.cols()));
      AddScaled(static_cast<float>(corruption.noise_stddev), normals, row);
    }
    if (corruption.masking + corruption.salt_and_pepper > 0) {
      ReplaceInputs(corruption, place, first_row + i, row);
    }
  }
}

}  // namespace cae
