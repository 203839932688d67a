// ChainTile: chains of some streams on their way through a step.
#ifndef CAE_CORE_SERVING_CHAIN_TILE_H_
#define CAE_CORE_SERVING_CHAIN_TILE_H_

#include <vector>

#include "core/diagnostics/sample_statistics.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/sampling/chain_stepper.h"
#include "core/serving/chain_table.h"

namespace cae {

/// Made once and used again and again, so that its buffers are kept: nothing is allocated a step.
/// Thread-compatible.
class ChainTile {
 public:
  /// What ChainTable::TakeTile fills; not empty when Run is called.
  std::vector<ChainPart>& parts() { return parts_; }

  /// Steps the chains of all parts whose sinks still want them, once, and puts the rows of those
  /// that make a draw. Sets the status of each part. Calls the sinks; no lock may be held.
  void Run(Workspace& workspace, YieldPoint yield);

  /// After Run: chains that were stepped, and streams (parts, that is) that they belong to.
  Index chains() const { return chains_; }
  std::int64_t streams() const { return streams_; }
  /// Of chains(), those that nobody wanted any more once they were stepped.
  Index wasted() const { return wasted_; }
  std::int64_t tangent_fallbacks() const { return tangent_fallbacks_; }

 private:
  /// Moves what will not be stepped to the end, and what is to be computed for most draws to the
  /// front; counts chains_ and streams_.
  void Arrange();
  /// The states side by side: those of a stream where they lie, if nothing else is in the tile.
  MatrixView Gather();
  void Scatter(ConstMatrixView states);
  absl::Status Step(MatrixView states, MatrixView codes, Workspace& workspace, YieldPoint yield);
  void CheckFinite(ConstMatrixView states, ConstMatrixView codes);
  /// Asks the sinks again, so that a cancellation is heard as soon as can be.
  void CheckWanted();
  void PutDraws(MatrixView states, ConstMatrixView codes, Workspace& workspace);
  /// Whether any sink wants the step.
  bool IsWanted() const;

  std::vector<ChainPart> parts_;
  Index chains_ = 0;
  std::int64_t streams_ = 0;
  Index wasted_ = 0;
  std::int64_t tangent_fallbacks_ = 0;
  std::size_t live_ = 0;  ///< parts that are stepped: the first ones
  std::vector<ChainRow> rows_;
  ScratchBuffer states_;
  ScratchBuffer codes_;
  ScratchBuffer draws_;
  ScratchBuffer logits_;
  std::vector<double> values_;
  SampleStatistics::Scratch statistics_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_TILE_H_
