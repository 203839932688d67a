#include "trainer/criteria/neighbour_rows.h"

#include <functional>
#include <vector>

#include "core/math/gemm.h"
#include "core/math/row_gram.h"
#include "trainer/criteria/pieces.h"

namespace cae {

NeighbourRows::NeighbourRows(const NeighbourPenalty& penalty, const DenseParameters* below,
                             ThreadPool& pool)
    : copies_(penalty.copies),
      noise_stddev_(static_cast<float>(penalty.noise_stddev)),
      use_(below == nullptr ? RandomUse::kStabilityRows : RandomUse::kInvarianceRows),
      pool_(pool) {
  if (below == nullptr || penalty.weight == 0) return;
  activation_ = below->activation;
  gram_ = RowGram(below->weight);
}

void NeighbourRows::Fill(const NoisePlace& place, Index first_row, ConstMatrixView rows,
                         MatrixView out) {
  const Index n = rows.rows();
  const std::vector<Piece> pieces = CutIntoPieces(n);
  pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    const Piece& piece = pieces[p];
    for (int k = 0; k < copies_; ++k) {
      // Copies have row numbers far apart, so that no row meets the copy of another.
      const Index number = static_cast<Index>(k) << 24 | (first_row + piece.first);
      MatrixView noise = Rows(out, k * n + piece.first, piece.count);
      FillNormals(place, use_, number, noise);
      if (gram_.size() > 0) continue;
      noise = Rows(rows, piece.first, piece.count) + noise_stddev_ * noise;
    }
  });
  if (gram_.size() > 0) MoveWithLayerBelow(rows, out);
}

void NeighbourRows::MoveWithLayerBelow(ConstMatrixView rows, MatrixView out) {
  const auto derivative = [this](float code) { return ActivationDerivative(activation_, code); };
  const Index n = rows.rows(), units = rows.cols();
  scaled_noise_.resize(out.rows(), units);
  const std::vector<Piece> pieces = CutIntoPieces(units);
  const auto run = [&](const std::function<void(const Piece&)>& work) {
    pool_.ParallelFor(static_cast<int>(pieces.size()), [&](int p) { work(pieces[p]); });
  };
  run([&](const Piece& piece) {
    const auto codes = rows.middleCols(piece.first, piece.count).unaryExpr(derivative);
    for (int k = 0; k < copies_; ++k) {
      scaled_noise_.block(k * n, piece.first, n, piece.count) =
          out.block(k * n, piece.first, n, piece.count).cwiseProduct(codes);
    }
  });
  run([&](const Piece& piece) {
    Gemm(Transpose::kNo, Transpose::kNo, noise_stddev_, scaled_noise_,
         gram_.middleCols(piece.first, piece.count), 0, out.middleCols(piece.first, piece.count));
    const auto codes = rows.middleCols(piece.first, piece.count);
    for (int k = 0; k < copies_; ++k) {
      auto block = out.block(k * n, piece.first, n, piece.count);
      block = codes + block.cwiseProduct(codes.unaryExpr(derivative));
    }
  });
}

}  // namespace cae
