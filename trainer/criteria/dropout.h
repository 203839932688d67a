// Dropout masks (Srivastava, Hinton, Krizhevsky, Sutskever, Salakhutdinov, JMLR 2014).
#ifndef CAE_TRAINER_CRITERIA_DROPOUT_H_
#define CAE_TRAINER_CRITERIA_DROPOUT_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "trainer/criteria/pieces.h"

namespace cae {

/// Where in a run a mask is used. Two places never share random numbers.
struct DropoutPlace {
  std::uint64_t seed = 0;
  std::uint64_t step = 0;   ///< < 2^48
  std::uint64_t layer = 0;  ///< whose outputs it covers, 0 = the input; < 2^16
};

/// Fills the columns of a piece of `mask` ([rows of the batch, units]) with 0 where a unit is left
/// out and with 1 / (1 − p) where it stays, so that means stay as they are. p is `rate` rounded to
/// a multiple of 1/256. The piece starts at a multiple of 16, as those of CutIntoPieces do; an
/// element depends on the place, its row and its column alone.
void FillDropoutMask(const DropoutPlace& place, double rate, const Piece& piece, MatrixView mask);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_DROPOUT_H_
