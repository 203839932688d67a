// What the headers of core/math promise to several threads at once, meant for ThreadSanitizer:
// oneDNN's cache of primitives races when two threads make primitives without our lock.
#include <gtest/gtest.h>

#include <thread>
#include <utility>
#include <vector>

#include "core/math/gemm.h"
#include "core/math/packed_dense.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;

constexpr int kThreads = 3;

/// Packs and applies layers of several shapes and multiplies, all of it new on each call.
std::vector<Matrix> Compute() {
  std::vector<Matrix> results;
  Workspace workspace;
  for (const Index units : {5, 16, 40}) {
    const auto layer =
        PackedDense::Pack(RandomMatrix(units, 20, 1), PackedDense::Layout::kOutputsByInputs,
                          Vector(), Activation::kLogistic);
    EXPECT_THAT(layer, IsOk());
    const Matrix inputs = RandomMatrix(70, 20, 2);
    Matrix outputs(70, units), gram(units, units);
    layer->Apply(inputs, PackedDense::Output::kActivated, outputs, workspace);
    Gemm(Transpose::kYes, Transpose::kNo, 1, outputs, outputs, 0, gram);
    results.push_back(std::move(outputs));
    results.push_back(std::move(gram));
  }
  return results;
}

TEST(MathConcurrencyTest, ThreadsMayPackApplyAndMultiplyAtTheSameTime) {
  std::vector<std::vector<Matrix>> results(kThreads);
  std::vector<std::thread> threads;
  for (auto& result : results) threads.emplace_back([&result] { result = Compute(); });
  for (std::thread& thread : threads) thread.join();
  const std::vector<Matrix> expected = Compute();
  for (const auto& result : results) {
    ASSERT_EQ(result.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_THAT(result[i], HasBitsOf(expected[i])) << i;
    }
  }
}

}  // namespace
}  // namespace cae
