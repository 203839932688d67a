#include "trainer/criteria/tangent_rows.h"

#include <algorithm>
#include <array>

#include "core/base/check.h"
#include "core/math/conversion.h"
#include "core/math/philox.h"
#include "core/math/vector_math.h"

namespace cae {

TangentRows::TangentRows(Index rows, Index rank, Index inputs)
    : rows_(rows), rank_(rank), inputs_(inputs), halves_(rows * rank * inputs) {}

void TangentRows::Set(Index row, ConstMatrixView directions) {
  CAE_CHECK(row < rows_ && directions.rows() == rank_ && directions.cols() == inputs_,
            "the shape of tangents");
  const auto size = static_cast<std::size_t>(directions.size());
  const absl::Span<std::uint16_t> halves(halves_.data() + row * rank_ * inputs_, size);
  CAE_CHECK(FloatsToFloat16({directions.data(), size}, halves) == size, "tangents are finite");
}

absl::Span<const std::uint16_t> TangentRows::Halves(Index row, Index k) const {
  return {halves_.data() + (row * rank_ + k) * inputs_, static_cast<std::size_t>(inputs_)};
}

void TangentRows::Read(Index row, Index k, absl::Span<float> out) const {
  Float16ToFloats(Halves(row, k), out);
}

void TangentRows::Combine(Index row, const NoisePlace& place, Index number,
                          absl::Span<float> out) const {
  thread_local std::vector<float> tangent;
  tangent.resize(inputs_);
  std::fill(out.begin(), out.end(), 0.0f);
  std::array<std::uint32_t, 4> words = {};
  for (Index k = 0; k < rank_; ++k) {
    if (k % 128 == 0) {
      words = Philox4x32(PhiloxCounter(CounterAt(place, RandomUse::kTangentSigns, number),
                                       static_cast<std::uint32_t>(k / 128)),
                         place.seed);
    }
    const bool negative = (words[k % 128 / 32] >> (k % 32) & 1) != 0;
    Float16ToFloats(Halves(row, k), absl::MakeSpan(tangent));
    AddScaled(negative ? -1.0f : 1.0f, tangent, out);
  }
}

}  // namespace cae
