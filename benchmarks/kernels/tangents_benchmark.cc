// The leading singular triplets at n points, on one thread.
#include <benchmark/benchmark.h>

#include "absl/strings/str_cat.h"
#include "benchmarks/kernels/kernel_model.h"
#include "core/base/check.h"
#include "core/model/jacobian_batch.h"
#include "core/tangents/tangent_solver.h"

namespace cae::benchmarks {
namespace {

void Tangents(benchmark::State& state) {
  const Autoencoder& model = KernelModel(Precision::kFloat32);
  const TangentSolver solver(model, 1, 1);
  JacobianBatch jacobians(model, 1, 1);
  const Matrix inputs = KernelInputs(state.range(0));
  TangentBatch tangents;
  Workspace workspace;
  for (auto _ : state) {
    absl::Status solved = jacobians.Evaluate(inputs, workspace, NeverYield);
    solved.Update(
        solver.Solve(jacobians, inputs, state.range(1), 1e-4, tangents, workspace, NeverYield));
    CAE_CHECK(solved.ok(), absl::StrCat(solved.ToString()));
  }
  state.SetItemsProcessed(state.iterations() * inputs.rows());
}
BENCHMARK(Tangents)->ArgNames({"rows", "rank"})->Args({1, 16})->Args({32, 16})->Args({64, 4});

}  // namespace
}  // namespace cae::benchmarks
