// The float32 StandardNormals(), compiled by Highway for several instruction sets and the same to
// the bit on each: every sum, product, quotient and root here is rounded by itself, as IEEE 754
// has it, and CMake keeps the compiler from contracting a product and a sum into one rounding.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "core/math/normal.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "core/math/vector_normal.cc"
// The order of these two is Highway's.
// clang-format off
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace cae {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Float = hn::ScalableTag<float>;
using Int = hn::RebindToSigned<Float>;
using Word = hn::RebindToUnsigned<Float>;
using Wide = hn::RepartitionToWide<Word>;
using Floats = hn::Vec<Float>;
using Ints = hn::Vec<Int>;
using Words = hn::Vec<Word>;
using Wides = hn::Vec<Wide>;

/// One of the four numbers of Philox blocks, each in the lower half of a lane; the upper halves are
/// left over from products and mean nothing.
struct Counters {
  Wides c0, c1, c2, c3;
};

HWY_INLINE Wides Product(Wides a, std::uint32_t b) {
  return hn::MulEven(hn::BitCast(Word(), a), hn::Set(Word(), b));
}

HWY_INLINE void Round(Counters& c, Wides key0, Wides key1) {
  const Wides product0 = Product(c.c0, 0xD2511F53), product1 = Product(c.c2, 0xCD9E8D57);
  c.c0 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product1), c.c1), key0);
  c.c1 = product1;
  c.c2 = hn::Xor(hn::Xor(hn::ShiftRight<32>(product0), c.c3), key1);
  c.c3 = product0;
}

/// Philox4x32() of all lanes, those of even and of odd blocks.
HWY_INLINE void Philox(Counters& even, Counters& odd, std::uint64_t key) {
  auto key0 = static_cast<std::uint32_t>(key);
  auto key1 = static_cast<std::uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    const Wides wide_key0 = hn::Set(Wide(), key0), wide_key1 = hn::Set(Wide(), key1);
    Round(even, wide_key0, wide_key1);
    Round(odd, wide_key0, wide_key1);
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
}

HWY_INLINE Words Interleave(Wides even, Wides odd) {
  return hn::OddEven(hn::BitCast(Word(), hn::ShiftLeft<32>(odd)), hn::BitCast(Word(), even));
}

HWY_INLINE Floats Constant(float value) { return hn::Set(Float(), value); }

/// c[0] + c[1] x + c[2] x² + …, every operation rounded.
template <std::size_t kSize>
HWY_INLINE Floats Polynomial(const float (&c)[kSize], Floats x) {
  Floats sum = Constant(c[kSize - 1]);
  for (std::size_t i = kSize - 1; i-- > 0;) sum = hn::Add(hn::Mul(sum, x), Constant(c[i]));
  return sum;
}

/// √(−2 ln u), u = (w + ½) 2⁻³². Where u is above ½ the logarithm is taken of 1 − v, v = 1 − u =
/// (~w + ½) 2⁻³², because u itself has no digits left there.
HWY_INLINE Floats Radius(Words w) {
  const Float f;
  const Int i;
  const Ints as_int = hn::BitCast(i, w);
  const auto upper = hn::Lt(as_int, hn::Zero(i));
  const Ints smaller = hn::IfThenElse(upper, hn::Not(as_int), as_int);
  const Floats v = hn::Mul(hn::Add(hn::ConvertTo(f, smaller), Constant(0.5f)), Constant(0x1p-32f));
  const Floats u = hn::IfThenElse(hn::RebindMask(f, upper), hn::Sub(Constant(1.0f), v), v);
  // u = 2^k m with √½ ≤ m < √2; ln u = k ln 2 + ln(1 + t), t = m − 1.
  const std::int32_t kRootHalf = 0x3F3504F3, kOne = 0x3F800000;
  const Ints shifted = hn::Add(hn::BitCast(i, u), hn::Set(i, kOne - kRootHalf));
  const Ints k_int = hn::Sub(hn::ShiftRight<23>(shifted), hn::Set(i, 127));
  const Ints m_bits = hn::Add(hn::And(shifted, hn::Set(i, 0x007FFFFF)), hn::Set(i, kRootHalf));
  const auto near_one = hn::RebindMask(f, hn::Eq(k_int, hn::Zero(i)));
  const Floats k = hn::ConvertTo(f, k_int);
  const Floats t =
      hn::IfThenElse(near_one, hn::Neg(v), hn::Sub(hn::BitCast(f, m_bits), Constant(1.0f)));
  // ln(1 + t) = t − t²/2 + t³ p(t); coefficients of Cephes' logf (S. L. Moshier).
  constexpr float kLog[] = {3.3333331174e-1f,  -2.4999993993e-1f, 2.0000714765e-1f,
                            -1.6668057665e-1f, 1.4249322787e-1f,  -1.2420140846e-1f,
                            1.1676998740e-1f,  -1.1514610310e-1f, 7.0376836292e-2f};
  const Floats t2 = hn::Mul(t, t);
  Floats log = hn::Mul(hn::Mul(t, t2), Polynomial(kLog, t));
  // ln 2 in two parts, of which the first times k is exact.
  log = hn::Add(log, hn::Mul(k, Constant(-2.12194440e-4f)));
  log = hn::Sub(log, hn::Mul(Constant(0.5f), t2));
  log = hn::Add(hn::Add(t, log), hn::Mul(k, Constant(0.693359375f)));
  return hn::Sqrt(hn::Mul(Constant(-2.0f), log));
}

/// cos and sin of 2π (w + ½) 2⁻³²: the nearest quarter of the circle, and from it the rest.
HWY_INLINE void Direction(Words w, Floats& cosine, Floats& sine) {
  const Float f;
  const Word word;
  const Words quarter = hn::ShiftRight<30>(hn::Add(w, hn::Set(word, std::uint32_t{1} << 29)));
  const Ints rest = hn::BitCast(Int(), hn::Sub(w, hn::ShiftLeft<30>(quarter)));
  const Floats angle = hn::Mul(hn::Add(hn::ConvertTo(f, rest), Constant(0.5f)),
                               Constant(1.46291807926715968e-9f));  // 2π 2⁻³²
  const Floats square = hn::Mul(angle, angle);
  // Coefficients of Cephes' sinf and cosf, good to a unit in the last place in ±π/4.
  constexpr float kSine[] = {-1.6666654611e-1f, 8.3321608736e-3f, -1.9515295891e-4f};
  constexpr float kCosine[] = {4.166664568298827e-2f, -1.388731625493765e-3f,
                               2.443315711809948e-5f};
  const Floats s = hn::Add(angle, hn::Mul(hn::Mul(angle, square), Polynomial(kSine, square)));
  const Floats c = hn::Add(hn::Sub(Constant(1.0f), hn::Mul(Constant(0.5f), square)),
                           hn::Mul(hn::Mul(square, square), Polynomial(kCosine, square)));
  const Words one = hn::Set(word, 1u), two = hn::Set(word, 2u);
  const auto swap = hn::RebindMask(f, hn::Eq(hn::And(quarter, one), one));
  const Words cosine_sign = hn::ShiftLeft<30>(hn::And(hn::Add(quarter, one), two));
  const Words sine_sign = hn::ShiftLeft<30>(hn::And(quarter, two));
  cosine = hn::Xor(hn::IfThenElse(swap, s, c), hn::BitCast(f, cosine_sign));
  sine = hn::Xor(hn::IfThenElse(swap, c, s), hn::BitCast(f, sine_sign));
}

/// The elements of as many blocks as a vector has lanes, from block `first` on.
HWY_INLINE void Blocks(std::uint64_t seed, NoiseCounter at, std::uint32_t first,
                       float* HWY_RESTRICT out) {
  const Wide wide;
  const auto start = PhiloxCounter(at, first);
  const Wides lane = hn::Iota(wide, 0);
  const Wides c0 = hn::Add(hn::Set(wide, start[0]), hn::Add(lane, lane));
  Counters even = {c0, hn::Set(wide, start[1]), hn::Set(wide, start[2]), hn::Set(wide, start[3])};
  Counters odd = even;
  odd.c0 = hn::Add(c0, hn::Set(wide, 1));
  Philox(even, odd, seed);
  const Floats radius0 = Radius(Interleave(even.c0, odd.c0));
  const Floats radius1 = Radius(Interleave(even.c2, odd.c2));
  Floats cosine0, sine0, cosine1, sine1;
  Direction(Interleave(even.c1, odd.c1), cosine0, sine0);
  Direction(Interleave(even.c3, odd.c3), cosine1, sine1);
  hn::StoreInterleaved4(hn::Mul(radius0, cosine0), hn::Mul(radius0, sine0),
                        hn::Mul(radius1, cosine1), hn::Mul(radius1, sine1), Float(), out);
}

void StandardNormalsImpl(std::uint64_t seed, NoiseCounter at, float* out, std::size_t size) {
  const std::size_t lanes = hn::Lanes(Float());
  std::size_t i = 0;
  for (; i + 4 * lanes <= size; i += 4 * lanes) {
    Blocks(seed, at, static_cast<std::uint32_t>(i / 4), out + i);
  }
  if (i == size) return;
  float rest[4 * hn::MaxLanes(Float())];
  Blocks(seed, at, static_cast<std::uint32_t>(i / 4), rest);
  std::copy_n(rest, size - i, out + i);
}

}  // namespace HWY_NAMESPACE
}  // namespace cae
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae {

HWY_EXPORT(StandardNormalsImpl);

void StandardNormals(std::uint64_t seed, NoiseCounter at, absl::Span<float> normals) {
  HWY_DYNAMIC_DISPATCH(StandardNormalsImpl)(seed, at, normals.data(), normals.size());
}

}  // namespace cae
#endif  // HWY_ONCE
