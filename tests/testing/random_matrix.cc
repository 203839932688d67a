#include "tests/testing/random_matrix.h"

#include <random>

namespace cae::testing {

MatrixD RandomMatrixD(Index rows, Index cols, std::uint64_t seed, double low, double high) {
  // The generator's bits are fixed by the standard; those of std::uniform_real_distribution are
  // not.
  std::mt19937_64 generator(seed);
  return MatrixD::NullaryExpr(rows, cols, [&generator, low, high] {
    return low + (high - low) * (static_cast<double>(generator() >> 11) * 0x1p-53);
  });
}

VectorD RandomVectorD(Index size, std::uint64_t seed, double low, double high) {
  return RandomMatrixD(1, size, seed, low, high).transpose();
}

Matrix RandomMatrix(Index rows, Index cols, std::uint64_t seed, double low, double high) {
  return RandomMatrixD(rows, cols, seed, low, high).cast<float>();
}

Vector RandomVector(Index size, std::uint64_t seed, double low, double high) {
  return RandomVectorD(size, seed, low, high).cast<float>();
}

}  // namespace cae::testing
