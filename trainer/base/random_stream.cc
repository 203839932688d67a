#include "trainer/base/random_stream.h"

#include <numeric>
#include <utility>

namespace cae {

Matrix RandomStream::UniformMatrix(Index rows, Index cols, double limit) {
  Matrix matrix(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) {
    matrix.data()[i] = static_cast<float>(limit * (2 * Uniform() - 1));
  }
  return matrix;
}

std::vector<Index> RandomStream::Permutation(Index size) {
  std::vector<Index> order(size);
  std::iota(order.begin(), order.end(), Index{0});
  for (Index i = size; i > 1; --i) std::swap(order[i - 1], order[Below(i)]);
  return order;
}

}  // namespace cae
