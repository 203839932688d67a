#include "client/commands/sample_run.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/progress_bar.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

absl::Status Put(const Matrix& rows, Index first_row, Index total_rows, Matrix* all) {
  if (rows.size() == 0) return absl::OkStatus();
  if (all->size() == 0) all->resize(total_rows, rows.cols());
  if (rows.cols() != all->cols() || first_row + rows.rows() > total_rows) {
    return absl::InternalError(absl::StrCat("the server's answer is broken: ", rows.rows(), " x ",
                                            rows.cols(), " samples after ", first_row, " of ",
                                            total_rows));
  }
  all->middleRows(first_row, rows.rows()) = rows;
  return absl::OkStatus();
}

}  // namespace

Matrix SampleRun::ByChain() const {
  const Index chains = samples.rows() / draws;
  Matrix sorted(samples.rows(), samples.cols());
  for (Index row = 0; row < samples.rows(); ++row) {
    sorted.row(row % chains * draws + row / chains) = samples.row(row);
  }
  return sorted;
}

absl::StatusOr<SampleRun> CollectSamples(SampleStream& stream, Index draws, Streams& streams) {
  SampleRun run;
  ProgressBar progress(streams, draws, "draws");
  for (;;) {
    CAE_ASSIGN_OR_RETURN(std::optional<SampleBatch> batch, stream.Next());
    if (!batch.has_value()) break;
    const Index first_row = run.draws * batch->chains;
    const Index total_rows = draws * batch->chains;
    CAE_RETURN_IF_ERROR(Put(batch->samples, first_row, total_rows, &run.samples));
    CAE_RETURN_IF_ERROR(Put(batch->codes, first_row, total_rows, &run.codes));
    if (run.draws == 0) run.first_draw = batch->first_draw;
    run.draws += batch->draws;
    if (batch->state.has_value()) run.state = std::move(batch->state);
    if (batch->diagnostics.has_value()) run.diagnostics = std::move(batch->diagnostics);
    progress.Show(run.draws);
  }
  if (run.draws != draws) {
    return absl::InternalError(
        absl::StrCat("the server's answer is broken: the stream ended after ", run.draws, " of ",
                     draws, " draws"));
  }
  if (!stream.header().has_value()) {
    return absl::InternalError("the server's answer is broken: a stream without any message");
  }
  run.header = *stream.header();
  return run;
}

}  // namespace cae
