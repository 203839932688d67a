#include "trainer/model/tangent_table.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/math/workspace.h"
#include "core/model/autoencoder.h"
#include "core/model/jacobian_batch.h"
#include "core/tangents/tangent_solver.h"

namespace cae {
namespace {

constexpr Index kRowsTogether = 64;  // in one call of the solver
constexpr int kCallsBetweenReports = 8;
constexpr double kTolerance = 1e-3;  // halves hold no more

// The encoder alone, as it sees standardised inputs.
absl::StatusOr<std::shared_ptr<const Autoencoder>> EncoderOf(const ModelParameters& model) {
  ModelParameters encoder;
  encoder.layers = model.layers;
  encoder.start_examples = Matrix::Zero(1, model.input_units());
  encoder.card.input_shape = {static_cast<std::int64_t>(model.input_units())};
  return Autoencoder::Create(std::move(encoder));
}

// What a thread needs to solve.
struct Bench {
  explicit Bench(const Autoencoder& model) : jacobians(model, 1, model.layers()) {}
  JacobianBatch jacobians;
  TangentBatch tangents;
  Workspace workspace;
};

absl::Status SolvePart(const TangentSolver& solver, ConstMatrixView rows, Index first, Bench& bench,
                       TangentRows& table) {
  const Index count = std::min(kRowsTogether, rows.rows() - first);
  const ConstMatrixView part = Rows(rows, first, count);
  CAE_RETURN_IF_ERROR(bench.jacobians.Evaluate(part, bench.workspace, NeverYield));
  CAE_RETURN_IF_ERROR(solver.Solve(bench.jacobians, part, table.rank(), kTolerance, bench.tangents,
                                   bench.workspace, NeverYield));
  if (!bench.tangents.singular_values.allFinite()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the encoder's Jacobian is not finite at one of the rows ", first, " to ",
                     first + count - 1));
  }
  for (Index i = 0; i < count; ++i) {
    table.Set(first + i,
              Rows(ConstMatrixView(bench.tangents.directions), i * table.rank(), table.rank()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TangentRows> FindTangents(const ModelParameters& model, ConstMatrixView rows,
                                         Index rank, ThreadPool& pool, TrainingObserver& observer) {
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<const Autoencoder> encoder, EncoderOf(model));
  const TangentSolver solver(*encoder, 1, encoder->layers());
  TangentRows table(rows.rows(), rank, rows.cols());
  std::vector<std::unique_ptr<Bench>> benches(kCallsBetweenReports);
  for (auto& bench : benches) bench = std::make_unique<Bench>(*encoder);
  TrainingReport report;
  report.stage = "tangents";
  report.epoch = report.epochs = 1;
  report.rows = rows.rows();
  const absl::Time start = Clock::System().Now();
  while (report.rows_done < rows.rows()) {
    std::vector<absl::Status> statuses(kCallsBetweenReports);
    pool.ParallelFor(kCallsBetweenReports, [&](int call) {
      const Index first = report.rows_done + call * kRowsTogether;
      if (first >= rows.rows()) return;
      statuses[call] = SolvePart(solver, rows, first, *benches[call], table);
    });
    for (const absl::Status& status : statuses) CAE_RETURN_IF_ERROR(status);
    report.rows_done =
        std::min(report.rows_done + kCallsBetweenReports * kRowsTogether, rows.rows());
    report.elapsed = report.stage_elapsed = Clock::System().Now() - start;
    CAE_RETURN_IF_ERROR(observer.OnStep(report));
  }
  return table;
}

}  // namespace cae
