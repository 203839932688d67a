#include "trainer/linear/linear_features.h"

#include <algorithm>

#include "trainer/training/layer_training.h"

namespace cae {

Matrix RawAndCodes(const Autoencoder& model, ConstMatrixView rows, ThreadPool& pool) {
  constexpr Index kRowsPerPiece = 256;
  Index width = 0;
  for (int l = 0; l <= model.layers(); ++l) width += model.units(l);
  Matrix features(rows.rows(), width);
  const auto pieces = static_cast<int>((rows.rows() + kRowsPerPiece - 1) / kRowsPerPiece);
  pool.ParallelFor(pieces, [&](int piece) {
    const Index first = piece * kRowsPerPiece;
    const Index count = std::min(kRowsPerPiece, rows.rows() - first);
    const ConstMatrixView part = Rows(rows, first, count);
    features.middleRows(first, count).leftCols(model.units(0)) = part;
    Workspace workspace;
    Index column = model.units(0);
    for (int l = 1; l <= model.layers(); ++l) {
      Matrix codes(count, model.units(l));
      model.Encode(part, l, codes, workspace);
      features.middleRows(first, count).middleCols(column, model.units(l)) = codes;
      column += model.units(l);
    }
  });
  return features;
}

Matrix RawAndCodes(const RbmStack& stack, ConstMatrixView rows, ThreadPool& pool) {
  Index width = rows.cols();
  for (const Rbm& rbm : stack) width += rbm.units();
  Matrix features(rows.rows(), width);
  features.leftCols(rows.cols()) = rows;
  Matrix means = rows;
  Index column = rows.cols();
  for (const Rbm& rbm : stack) {
    means = EncodeRows(rbm.hidden, means, pool);
    features.middleCols(column, means.cols()) = means;
    column += means.cols();
  }
  return features;
}

}  // namespace cae
