// One transition of n chains on one thread, at the tile sizes of the server, and its largest part:
// J Jᵀ times one vector a row.
#include <benchmark/benchmark.h>

#include <numeric>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/kernels/kernel_model.h"
#include "core/base/check.h"
#include "core/model/jacobian_batch.h"
#include "core/sampling/chain_stepper.h"

namespace cae::benchmarks {
namespace {

void ChainStep(benchmark::State& state, Precision precision) {
  const Autoencoder& model = KernelModel(precision);
  const ChainStepper stepper(model, SampleProcess::kComposed);
  const Index chains = state.range(0);
  Matrix states = KernelInputs(chains), codes(chains, model.code_units());
  std::vector<ChainRow> rows(static_cast<std::size_t>(chains));
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = {1, i, 0, 3.0f};
  Workspace workspace;
  for (auto _ : state) {
    const absl::Status stepped = stepper.Step(rows, 0, states, codes, workspace, NeverYield);
    CAE_CHECK(stepped.ok(), absl::StrCat(stepped.ToString()));
    for (ChainRow& row : rows) ++row.step;
  }
  state.SetItemsProcessed(state.iterations() * chains);
}
BENCHMARK_CAPTURE(ChainStep, float32, Precision::kFloat32)->RangeMultiplier(2)->Range(1, 256);
BENCHMARK_CAPTURE(ChainStep, bfloat16, Precision::kBFloat16)->RangeMultiplier(4)->Range(1, 256);

void JacobianGram(benchmark::State& state) {
  const Autoencoder& model = KernelModel(Precision::kFloat32);
  const Index rows = state.range(0);
  JacobianBatch jacobians(model, 1, 1);
  Workspace workspace;
  CAE_CHECK(jacobians.Evaluate(KernelInputs(rows), workspace, NeverYield).ok(), "not evaluated");
  std::vector<Index> points(static_cast<std::size_t>(rows));
  std::iota(points.begin(), points.end(), 0);
  const Matrix vectors = Matrix::Random(rows, model.code_units());
  Matrix products(rows, model.code_units());
  for (auto _ : state) {
    CAE_CHECK(jacobians.Gram(points, vectors, products, workspace, NeverYield).ok(), "no product");
    benchmark::DoNotOptimize(products.data());
  }
  state.SetItemsProcessed(state.iterations() * rows);
}
BENCHMARK(JacobianGram)->RangeMultiplier(4)->Range(1, 256);

}  // namespace
}  // namespace cae::benchmarks
