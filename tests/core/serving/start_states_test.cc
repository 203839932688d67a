#include "core/serving/start_states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/core/serving/small_servable.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

using testing::HasBitsOf;

TEST(PickStartExamplesTest, DependsOnSeedAndChainNumberAlone) {
  const ServableHandle servable = testing::SmallServable();
  const Matrix all = PickStartExamples(*servable, 5, 0, 64);
  EXPECT_THAT(PickStartExamples(*servable, 5, 10, 4), HasBitsOf(Matrix(all.middleRows(10, 4))));
  EXPECT_NE(PickStartExamples(*servable, 6, 0, 64), all);
  const Matrix& examples = servable->autoencoder->parameters().start_examples;
  std::vector<int> counts(static_cast<std::size_t>(examples.rows()));
  for (Index row = 0; row < all.rows(); ++row) {
    for (Index i = 0; i < examples.rows(); ++i) counts[i] += all.row(row) == examples.row(i);
  }
  EXPECT_THAT(counts, ::testing::Each(::testing::Gt(8))) << "each of the three is picked";
}

}  // namespace
}  // namespace cae
