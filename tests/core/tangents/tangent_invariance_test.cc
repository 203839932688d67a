// A point's tangents must have the bits that they have alone. CTest runs this program as
// batch_invariance_test: with the best instruction set of the machine, and held at AVX2 and at
// SSE4.1.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "core/tangents/krylov_kernels.h"
#include "tests/core/tangents/tangents_of_model.h"
#include "tests/testing/held_instruction_set.h"
#include "tests/testing/same_bits.h"

namespace cae {
namespace {

[[maybe_unused]] const bool kHeld = testing::HoldInstructionSetOfEnvironment();

using testing::HasBitsOf;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

struct Case {
  std::string name;
  std::vector<Index> sizes;
  Index rank;
};

class TangentInvarianceTest : public ::testing::TestWithParam<Case> {};

/// Points that take different numbers of steps, one of which Gram–Lanczos leaves to others.
Matrix MixedPoints(Index count, Index units) {
  Matrix points = RandomMatrix(count, units, 4, 0, 1);
  for (Index i = 0; i < count; ++i) points.row(i) *= static_cast<float>(1 + i % 7);
  return points;
}

TEST_P(TangentInvarianceTest, APointHasTheBitsItHasAloneInEveryBatch) {
  const Case& shape = GetParam();
  const int layers = static_cast<int>(shape.sizes.size()) - 1;
  ModelTangents tangents(
      RandomModelParameters(shape.sizes, {Activation::kLogistic}, Weights::kTied, 3), 1, layers);
  const Matrix points = MixedPoints(64, shape.sizes.front());
  std::vector<TangentBatch> alone;
  for (Index i = 0; i < points.rows(); ++i) {
    alone.push_back(tangents.Solved(Matrix(points.row(i)), shape.rank));
  }
  for (const Index batch : {7, 64}) {
    for (Index first = 0; first + batch <= points.rows(); first += batch) {
      const TangentBatch together =
          tangents.Solved(Matrix(points.middleRows(first, batch)), shape.rank);
      for (Index i = 0; i < batch; ++i) {
        SCOPED_TRACE(::testing::Message() << "point " << first + i << " of a batch of " << batch);
        const TangentBatch& own = alone[first + i];
        ASSERT_THAT(Matrix(together.singular_values.row(i)), HasBitsOf(own.singular_values));
        ASSERT_THAT(Matrix(together.residuals.row(i)), HasBitsOf(own.residuals));
        ASSERT_THAT(Matrix(together.directions.middleRows(i * shape.rank, shape.rank)),
                    HasBitsOf(own.directions));
        ASSERT_THAT(Matrix(together.code_directions.middleRows(i * shape.rank, shape.rank)),
                    HasBitsOf(own.code_directions));
      }
    }
  }
}

// As models are in earnest: fewer points alone, for the sake of time.
TEST(RealSizeTangentInvarianceTest, HoldsForOneAndTwoLayers) {
  for (const std::vector<Index>& sizes :
       {std::vector<Index>{784, 1000}, std::vector<Index>{784, 1000, 1000}}) {
    constexpr Index kRank = 8;
    ModelTangents tangents(RandomModelParameters(sizes, {Activation::kLogistic}, Weights::kTied, 3),
                           1, static_cast<int>(sizes.size()) - 1);
    const Matrix points = RandomMatrix(64, sizes.front(), 4, 0, 1);
    const TangentBatch together = tangents.Solved(points, kRank);
    for (const Index i : {0, 31, 32, 63}) {
      const TangentBatch alone = tangents.Solved(Matrix(points.row(i)), kRank);
      EXPECT_THAT(Matrix(together.singular_values.row(i)), HasBitsOf(alone.singular_values)) << i;
      EXPECT_THAT(Matrix(together.residuals.row(i)), HasBitsOf(alone.residuals)) << i;
      EXPECT_THAT(Matrix(together.directions.middleRows(i * kRank, kRank)),
                  HasBitsOf(alone.directions))
          << i;
      EXPECT_THAT(Matrix(together.code_directions.middleRows(i * kRank, kRank)),
                  HasBitsOf(alone.code_directions))
          << i;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, TangentInvarianceTest,
                         ::testing::Values(Case{"OnCodes", {61, 83}, 5},
                                           Case{"OnInputs", {37, 101}, 5},
                                           Case{"TwoLayers", {61, 83, 53}, 4},
                                           Case{"HighRank", {61, 83}, 40}),
                         [](const auto& param_info) { return param_info.param.name; });

TEST(KrylovKernelsTest, BitsDoNotDependOnTheAddressNorOnTheOtherRows) {
  const Index stride = KrylovStride(83);
  const Matrix rows = RandomMatrix(9, stride, 1), vector = RandomMatrix(1, stride, 2);
  Vector expected(9);
  InnerProducts(rows.data(), 9, stride, vector.data(), expected.data());
  for (const Index shift : {1, 2, 3, 5}) {
    std::vector<float> moved(rows.size() + shift);
    std::copy_n(rows.data(), rows.size(), moved.data() + shift);
    for (Index i = 0; i < 9; ++i) {
      float alone = 0;
      InnerProducts(moved.data() + shift + i * stride, 1, stride, vector.data(), &alone);
      EXPECT_EQ(alone, expected[i]) << "row " << i << " shifted by " << shift;
    }
    Matrix one = vector;
    AddCombination(rows.data(), 9, stride, expected.data(), one.data());
    Matrix other = vector;
    for (Index i = 0; i < 9; ++i) {
      AddCombination(moved.data() + shift + i * stride, 1, stride, &expected[i], other.data());
    }
    EXPECT_THAT(other, HasBitsOf(one));
  }
}

}  // namespace
}  // namespace cae
