// RowTile: rows of some requests on their way through a kernel.
#ifndef CAE_CORE_SERVING_ROW_TILE_H_
#define CAE_CORE_SERVING_ROW_TILE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/serving/row_queue.h"

namespace cae {

/// Made once and used again and again, so that its buffers are kept. Thread-compatible.
class RowTile {
 public:
  /// What TakeTile fills.
  std::vector<RowRange>& ranges() { return ranges_; }
  const std::vector<RowRange>& ranges() const { return ranges_; }

  /// Reads the rows of all ranges whose requests still want them, computes and writes them back.
  /// Calls the requests; no lock may be held.
  void Run(Workspace& workspace, YieldPoint yield);

  /// After Run: how range i ended.
  const absl::Status& status(std::size_t i) const { return statuses_[i]; }
  /// Rows that were computed.
  Index rows() const { return rows_; }
  std::int64_t tangent_fallbacks() const { return tangent_fallbacks_; }

 private:
  /// Fills input_; from then on rows_ rows of the ranges whose status is OK are in the tile.
  ConstMatrixView Read(const RowKernel& kernel);
  absl::Status ReadRange(const RowRange& range, MatrixView into);
  /// Where Run of the kernel should write.
  MatrixView Output(const RowKernel& kernel);
  void Write(MatrixView output);
  absl::Status WriteRange(const RowRange& range, MatrixView rows);
  /// Whether any request wants its rows.
  bool IsWanted() const;
  /// The one range that is in the tile; null if there are more, or none.
  const RowRange* Only() const;

  std::vector<RowRange> ranges_;
  std::vector<absl::Status> statuses_;
  Index rows_ = 0;
  std::int64_t tangent_fallbacks_ = 0;
  ScratchBuffer input_;
  ScratchBuffer output_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_TILE_H_
