// What stands between the products: activations, noise, conversions of the wire. 64 rows of 1000.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "core/math/conversion.h"
#include "core/math/normal.h"
#include "core/math/vector_math.h"

namespace cae::benchmarks {
namespace {

constexpr std::size_t kSize = 64 * 1000;

std::vector<float> Values() {
  std::vector<float> values(kSize);
  for (std::size_t i = 0; i < kSize; ++i) values[i] = static_cast<float>(i % 1000) / 1000;
  return values;
}

void Count(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kSize));
}

void LogisticWithDerivative(benchmark::State& state) {
  std::vector<float> values = Values(), derivatives(kSize);
  for (auto _ : state) {
    ActivateWithDerivative(Activation::kLogistic, absl::MakeSpan(values),
                           absl::MakeSpan(derivatives));
    benchmark::DoNotOptimize(derivatives.data());
  }
  Count(state);
}
BENCHMARK(LogisticWithDerivative);

void Noise(benchmark::State& state) {
  std::vector<float> normals(1000);
  std::uint64_t step = 0;
  for (auto _ : state) {
    StandardNormals(1, {0, ++step}, absl::MakeSpan(normals));
    benchmark::DoNotOptimize(normals.data());
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}
BENCHMARK(Noise);

void FromBytes(benchmark::State& state) {
  const std::vector<std::uint8_t> bytes(kSize, 77);
  std::vector<float> floats(kSize);
  for (auto _ : state) {
    BytesToFloats(bytes, absl::MakeSpan(floats));
    benchmark::DoNotOptimize(floats.data());
  }
  Count(state);
}
BENCHMARK(FromBytes);

void ToFloat16(benchmark::State& state) {
  const std::vector<float> floats = Values();
  std::vector<std::uint16_t> halves(kSize);
  for (auto _ : state) {
    benchmark::DoNotOptimize(FloatsToFloat16(floats, absl::MakeSpan(halves)));
    benchmark::DoNotOptimize(halves.data());
  }
  Count(state);
}
BENCHMARK(ToFloat16);

void CheckRange(benchmark::State& state) {
  const std::vector<float> floats = Values();
  for (auto _ : state) benchmark::DoNotOptimize(FirstOutside(floats, 0, 1));
  Count(state);
}
BENCHMARK(CheckRange);

}  // namespace
}  // namespace cae::benchmarks
