// Pieces: how the columns of a layer are cut into work for several threads.
#ifndef CAE_TRAINER_CRITERIA_PIECES_H_
#define CAE_TRAINER_CRITERIA_PIECES_H_

#include <vector>

#include "core/math/matrix.h"

namespace cae {

/// Columns [first, first + count).
struct Piece {
  Index first = 0;
  Index count = 0;
};

/// Cuts `size` columns into pieces of nearly equal width. The cut depends on the size alone, never
/// on the number of threads, so that neither do the results; widths are multiples of 16, a full
/// vector, but for the last.
std::vector<Piece> CutIntoPieces(Index size);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_PIECES_H_
