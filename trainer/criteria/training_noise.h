// The noise of training, each number a function of the place where it is used.
#ifndef CAE_TRAINER_CRITERIA_TRAINING_NOISE_H_
#define CAE_TRAINER_CRITERIA_TRAINING_NOISE_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "core/math/philox.h"
#include "trainer/base/random_stream.h"

namespace cae {

/// Where in a run noise is used. Two places, or two uses at one place, never share random numbers.
struct NoisePlace {
  std::uint64_t seed = 0;
  std::uint64_t stage = 0;  ///< < 2^8
  std::uint64_t step = 0;   ///< < 2^48
};

/// What is done to the rows that an encoder reads, while the decoder is held to the rows as they
/// were (denoising, Vincent et al., ICML 2008): first x + N(0, σ² I), then some inputs are
/// replaced.
struct Corruption {
  double noise_stddev = 0;     ///< σ ≥ 0
  double masking = 0;          ///< share of inputs set to 0
  double salt_and_pepper = 0;  ///< share of inputs set to 0 or 1, as a coin falls; both shares
                               ///< together stay below 1

  bool any() const { return noise_stddev > 0 || masking > 0 || salt_and_pepper > 0; }
};

/// The counter of the random numbers of one row at that place; row numbers stay below 2^32.
NoiseCounter CounterAt(const NoisePlace& place, RandomUse use, Index row);

/// Row i of `normals` becomes ε ~ N(0, I), number `first_row` + i of the place.
/// Thread-safe.
void FillNormals(const NoisePlace& place, RandomUse use, Index first_row, MatrixView normals);

/// Corrupts rows, the first of which has that number. Thread-safe.
void Corrupt(const Corruption& corruption, const NoisePlace& place, Index first_row,
             MatrixView rows);

}  // namespace cae

#endif  // CAE_TRAINER_CRITERIA_TRAINING_NOISE_H_
