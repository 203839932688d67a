// Views of what belongs to a piece of columns, for the functions that take spans.
#ifndef CAE_TRAINER_CRITERIA_PIECE_VIEWS_H_
#define CAE_TRAINER_CRITERIA_PIECE_VIEWS_H_

#include <cstddef>
#include <vector>

#include "absl/types/span.h"
#include "core/math/matrix.h"
#include "trainer/criteria/pieces.h"

namespace cae {

/// The elements of one row of a matrix that belong to a piece.
inline absl::Span<float> RowPart(MatrixView matrix, Index row, const Piece& piece) {
  return {matrix.data() + row * matrix.cols() + piece.first, static_cast<std::size_t>(piece.count)};
}

/// The elements of a vector that belong to a piece.
inline absl::Span<float> VectorPart(Vector& vector, const Piece& piece) {
  return {vector.data() + piece.first, static_cast<std::size_t>(piece.count)};
}

/// All elements of a view, row after row.
inline absl::Span<float> Elements(MatrixView matrix) {
  return {matrix.data(), static_cast<std::size_t>(matrix.size())};
}

/// Room for the gradient of a piece of a weight matrix, one buffer a thread: it is used at once and
/// never leaves the core's cache. Uninitialised; valid until the thread's next call.
inline MatrixView GradientBuffer(Index rows, Index cols) {
  thread_local std::vector<float> buffer;
  if (buffer.size() < static_cast<std::size_t>(rows * cols)) buffer.resize(rows * cols);
  return {buffer.data(), rows, cols};
}

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_PIECE_VIEWS_H_
