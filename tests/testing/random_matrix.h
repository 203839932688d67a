// RandomMatrix, RandomVector: test data that is the same on every machine.
#ifndef CAE_TESTS_TESTING_RANDOM_MATRIX_H_
#define CAE_TESTS_TESTING_RANDOM_MATRIX_H_

#include <cstdint>

#include "core/math/matrix.h"

namespace cae::testing {

/// Elements uniform in [low, high), a function of the arguments alone.
Matrix RandomMatrix(Index rows, Index cols, std::uint64_t seed, double low = -1, double high = 1);
Vector RandomVector(Index size, std::uint64_t seed, double low = -1, double high = 1);
MatrixD RandomMatrixD(Index rows, Index cols, std::uint64_t seed, double low = -1, double high = 1);
VectorD RandomVectorD(Index size, std::uint64_t seed, double low = -1, double high = 1);

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_RANDOM_MATRIX_H_
