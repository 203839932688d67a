#include "core/serving/row_tile.h"

#include <algorithm>

#include "core/base/status_macros.h"

namespace cae {
namespace {

std::size_t Floats(Index rows, Index columns) { return static_cast<std::size_t>(rows * columns); }

}  // namespace

const RowRange* RowTile::Only() const {
  const RowRange* only = nullptr;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (!statuses_[i].ok()) continue;
    if (only != nullptr) return nullptr;
    only = &ranges_[i];
  }
  return only;
}

bool RowTile::IsWanted() const {
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (statuses_[i].ok() && ranges_[i].request->Interruption().ok()) return true;
  }
  return false;
}

absl::Status RowTile::ReadRange(const RowRange& range, MatrixView into) {
  const float* const in_place = range.request->input_in_place();
  if (in_place == nullptr) return range.request->ReadRows(range.first, into);
  std::copy_n(in_place + range.first * into.cols(), into.size(), into.data());
  return absl::OkStatus();
}

ConstMatrixView RowTile::Read(const RowKernel& kernel) {
  const Index columns = kernel.input_columns();
  Index most = 0;
  for (const RowRange& range : ranges_) most += range.count;
  rows_ = 0;
  if (const RowRange* only = Only(); only != nullptr) {
    if (const float* in_place = only->request->input_in_place(); in_place != nullptr) {
      rows_ = only->count;
      return {in_place + only->first * columns, only->count, columns};
    }
  }
  float* const buffer = input_.Floats(Floats(most, columns));
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (!statuses_[i].ok()) continue;
    statuses_[i] = ReadRange(ranges_[i], {buffer + rows_ * columns, ranges_[i].count, columns});
    if (statuses_[i].ok()) rows_ += ranges_[i].count;
  }
  return {buffer, rows_, columns};
}

MatrixView RowTile::Output(const RowKernel& kernel) {
  const Index columns = kernel.output_columns();
  if (const RowRange* only = Only(); only != nullptr) {
    if (float* in_place = only->request->output_in_place(); in_place != nullptr) {
      return {in_place + only->first * columns, rows_, columns};
    }
  }
  return {output_.Floats(Floats(rows_, columns)), rows_, columns};
}

absl::Status RowTile::WriteRange(const RowRange& range, MatrixView rows) {
  const auto columns = static_cast<std::size_t>(rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    CAE_RETURN_IF_ERROR(range.request->kernel().CheckRow(range.first + i,
                                                         {rows.data() + i * rows.cols(), columns}));
  }
  float* const in_place = range.request->output_in_place();
  if (in_place == nullptr) return range.request->WriteRows(range.first, rows);
  float* const to = in_place + range.first * rows.cols();
  if (to != rows.data()) std::copy_n(rows.data(), rows.size(), to);
  return range.request->WriteRows(range.first, {to, rows.rows(), rows.cols()});
}

void RowTile::Write(MatrixView output) {
  Index at = 0;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (!statuses_[i].ok()) continue;
    statuses_[i] = WriteRange(ranges_[i], cae::Rows(output, at, ranges_[i].count));
    at += ranges_[i].count;
  }
}

void RowTile::Run(Workspace& workspace, YieldPoint yield) {
  statuses_.resize(ranges_.size());
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    statuses_[i] = ranges_[i].request->Interruption();
  }
  const RowKernel& kernel = ranges_.front().request->kernel();
  const ConstMatrixView input = Read(kernel);
  tangent_fallbacks_ = 0;
  if (rows_ == 0) return;
  const MatrixView output = Output(kernel);
  const auto yield_while_wanted = [&] {
    CAE_RETURN_IF_ERROR(yield());
    return IsWanted() ? absl::OkStatus() : absl::CancelledError("nobody waits for the answer");
  };
  const std::int64_t fallbacks_before = workspace.tangent_fallbacks;
  const absl::Status status = kernel.kind() == Job::Kind::kUnary
                                  ? kernel.Run(input, output, workspace, yield)
                                  : kernel.Run(input, output, workspace, yield_while_wanted);
  tangent_fallbacks_ = workspace.tangent_fallbacks - fallbacks_before;
  if (status.ok()) return Write(output);
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (!statuses_[i].ok()) continue;
    // Its own reason, where it has one.
    statuses_[i] = ranges_[i].request->Interruption();
    statuses_[i].Update(status);
  }
}

}  // namespace cae
