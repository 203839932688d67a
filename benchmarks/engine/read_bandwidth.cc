// How fast memory of a given size can be read, by loads as wide as the processor has them.
#include <cstdint>
#include <vector>

#include "benchmarks/engine/works.h"

// Highway compiles the rest of this file once for each instruction set.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "benchmarks/engine/read_bandwidth.cc"
// The order of these two is Highway's.
// clang-format off
#include "hwy/aligned_allocator.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace cae::benchmarks {
namespace HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// Eight sums, so that the loads wait for memory and never for an addition.
std::uint64_t SumWords(const std::uint64_t* words, std::size_t count) {
  const hn::ScalableTag<std::uint64_t> tag;
  const std::size_t lanes = hn::Lanes(tag);
  auto s0 = hn::Zero(tag), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
  for (std::size_t i = 0; i + 8 * lanes <= count; i += 8 * lanes) {
    const std::uint64_t* at = words + i;
    s0 = hn::Add(s0, hn::Load(tag, at));
    s1 = hn::Add(s1, hn::Load(tag, at + lanes));
    s2 = hn::Add(s2, hn::Load(tag, at + 2 * lanes));
    s3 = hn::Add(s3, hn::Load(tag, at + 3 * lanes));
    s4 = hn::Add(s4, hn::Load(tag, at + 4 * lanes));
    s5 = hn::Add(s5, hn::Load(tag, at + 5 * lanes));
    s6 = hn::Add(s6, hn::Load(tag, at + 6 * lanes));
    s7 = hn::Add(s7, hn::Load(tag, at + 7 * lanes));
  }
  const auto sum =
      hn::Add(hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)), hn::Add(hn::Add(s4, s5), hn::Add(s6, s7)));
  return hn::GetLane(hn::SumOfLanes(tag, sum));
}

}  // namespace HWY_NAMESPACE
}  // namespace cae::benchmarks
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace cae::benchmarks {
namespace {

HWY_EXPORT(SumWords);

class Reading : public Work {
 public:
  explicit Reading(std::size_t bytes)
      : count_(bytes / sizeof(std::uint64_t)), words_(hwy::AllocateAligned<std::uint64_t>(count_)) {
    for (std::size_t i = 0; i < count_; ++i) words_[i] = i;
  }
  double Run() override {
    kept_ = kept_ + HWY_DYNAMIC_DISPATCH(SumWords)(words_.get(), count_);
    return static_cast<double>(count_ * sizeof(std::uint64_t));
  }

 private:
  const std::size_t count_;
  hwy::AlignedFreeUniquePtr<std::uint64_t[]> words_;
  volatile std::uint64_t kept_ = 0;
};

}  // namespace

std::unique_ptr<Work> MakeRead(const Arguments& arguments) {
  constexpr Index kInputs = 784, kUnits = 1000;
  constexpr Index kWeights = 2 * kInputs * kUnits + kUnits * kUnits;  // encoder, decoder and W Wᵀ
  return std::make_unique<Reading>(
      static_cast<std::size_t>(arguments.Number("bytes", kWeights * Index{sizeof(float)})));
}

}  // namespace cae::benchmarks
#endif  // HWY_ONCE
