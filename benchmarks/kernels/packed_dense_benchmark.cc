// A packed dense layer at each number of rows: 784 → 1000, bias and logistic function included.
#include <benchmark/benchmark.h>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/packed_dense.h"
#include "core/math/precision.h"

namespace cae::benchmarks {
namespace {

constexpr Index kInputs = 784, kUnits = 1000;

const PackedDense& Layer(Precision precision) {
  const auto pack = [](Precision wanted) {
    PackedDense::Options options;
    options.precision = wanted;
    auto packed = PackedDense::Pack(Matrix(Matrix::Random(kUnits, kInputs) * 0.1f),
                                    PackedDense::Layout::kOutputsByInputs, Vector::Zero(kUnits),
                                    Activation::kLogistic, options);
    CAE_CHECK(packed.ok(), absl::StrCat(packed.status().ToString()));
    return new PackedDense(*std::move(packed));
  };
  static const PackedDense& float32 = *pack(Precision::kFloat32);
  if (precision == Precision::kFloat32) return float32;
  static const PackedDense& bfloat16 = *pack(Precision::kBFloat16);
  return bfloat16;
}

void PackedDenseRows(benchmark::State& state, Precision precision) {
  const PackedDense& layer = Layer(precision);
  const Index rows = state.range(0);
  const Matrix inputs = Matrix::Random(rows, kInputs);
  Matrix outputs(rows, kUnits);
  Workspace workspace;
  for (auto _ : state) {
    layer.Apply(inputs, PackedDense::Output::kActivated, outputs, workspace);
    benchmark::DoNotOptimize(outputs.data());
  }
  state.SetItemsProcessed(state.iterations() * rows);
  state.counters["flops"] = benchmark::Counter(
      2.0 * kInputs * kUnits * static_cast<double>(rows) * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(PackedDenseRows, float32, Precision::kFloat32)->RangeMultiplier(2)->Range(1, 256);
BENCHMARK_CAPTURE(PackedDenseRows, bfloat16, Precision::kBFloat16)
    ->RangeMultiplier(2)
    ->Range(1, 256);

}  // namespace
}  // namespace cae::benchmarks
