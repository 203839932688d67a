#include "core/serving/row_kernels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <vector>

#include "core/model/jacobian_batch.h"
#include "core/tangents/tangent_solver.h"
#include "tests/core/serving/small_servable.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::StatusIs;

class RowKernelsTest : public ::testing::Test {
 protected:
  Matrix Run(const RowKernel& kernel, const Matrix& input) {
    EXPECT_EQ(input.cols(), kernel.input_columns());
    Matrix output = Matrix::Constant(input.rows(), kernel.output_columns(), -7);
    EXPECT_THAT(kernel.Run(input, output, workspace_, NeverYield), IsOk());
    return output;
  }

  const ServableHandle servable_ = testing::SmallServable();
  const Autoencoder& model_ = *servable_->autoencoder;
  const Matrix inputs_ = testing::RandomMatrix(5, 12, 3, 0, 1);
  Workspace workspace_;
};

TEST_F(RowKernelsTest, EncodesAndDecodesAndClassifiesAsTheModelDoes) {
  Matrix codes(5, 9);
  model_.Encode(inputs_, 1, codes, workspace_);
  EXPECT_THAT(Run(*EncodeKernel(servable_, 1), inputs_), HasBitsOf(codes));
  Matrix outputs(5, 12);
  model_.Decode(codes, 1, outputs, workspace_);
  EXPECT_THAT(Run(*DecodeKernel(servable_, 1), codes), HasBitsOf(outputs));
  Matrix logits(5, 3);
  model_.Logits(inputs_, logits, workspace_);
  EXPECT_THAT(Run(*ClassifyKernel(servable_), inputs_), HasBitsOf(logits));
}

TEST_F(RowKernelsTest, ReconstructsWithLossesAndContractionsBehindEachRow) {
  Matrix outputs(5, 12);
  Vector losses(5);
  model_.Reconstruct(inputs_, outputs, losses, workspace_);
  Vector norms(5);
  model_.Contractions(inputs_, 2, norms, workspace_);
  const Matrix plain = Run(*ReconstructKernel(servable_, false), inputs_);
  EXPECT_THAT(Matrix(plain.leftCols(12)), HasBitsOf(outputs));
  EXPECT_THAT(Vector(plain.col(12)), HasBitsOf(losses));
  const Matrix all = Run(*ReconstructKernel(servable_, true), inputs_);
  EXPECT_THAT(Matrix(all.leftCols(13)), HasBitsOf(plain));
  EXPECT_THAT(Vector(all.col(13)), HasBitsOf(norms));
}

TEST_F(RowKernelsTest, LaysTangentsOutAsItSays) {
  TangentsKernelOptions options;
  options.layer = 2;
  options.rank = 2;
  options.code_directions = true;
  options.contractions = true;
  const Matrix rows = Run(*TangentsKernel(servable_, options), inputs_);
  ASSERT_EQ(rows.cols(), 2 + 2 + 2 * 12 + 2 * 7 + 1);
  JacobianBatch jacobians(model_, 1, 2);
  ASSERT_THAT(jacobians.Evaluate(inputs_, workspace_, NeverYield), IsOk());
  TangentBatch tangents;
  ASSERT_THAT(TangentSolver(model_, 1, 2)
                  .Solve(jacobians, inputs_, 2, 1e-4, tangents, workspace_, NeverYield),
              IsOk());
  Vector norms(5);
  model_.Contractions(inputs_, 2, norms, workspace_);
  EXPECT_THAT(Matrix(rows.leftCols(2)), HasBitsOf(tangents.singular_values));
  EXPECT_THAT(Matrix(rows.middleCols(2, 2)), HasBitsOf(tangents.residuals));
  EXPECT_THAT(Matrix(rows.block(3, 4 + 12, 1, 12)), HasBitsOf(Matrix(tangents.directions.row(7))));
  EXPECT_THAT(Matrix(rows.block(3, 28 + 7, 1, 7)),
              HasBitsOf(Matrix(tangents.code_directions.row(7))));
  EXPECT_THAT(Vector(rows.col(42)), HasBitsOf(norms));
}

TEST_F(RowKernelsTest, RefusesATripletBeyondTheTolerance) {
  TangentsKernelOptions options;
  options.rank = 2;
  const auto kernel = TangentsKernel(servable_, options);
  std::vector<float> row(static_cast<std::size_t>(kernel->output_columns()));
  EXPECT_THAT(kernel->CheckRow(4, row), IsOk());
  row[3] = 2e-4F;
  EXPECT_THAT(kernel->CheckRow(4, row),
              StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("triplet 1 of row 4")));
}

TEST_F(RowKernelsTest, RefusesARowWhoseTangentsAreNotFiniteAlone) {
  TangentsKernelOptions options;
  options.rank = 2;
  const auto kernel = TangentsKernel(servable_, options);
  Matrix inputs = inputs_;
  inputs(3, 1) = std::numeric_limits<float>::quiet_NaN();
  const Matrix rows = Run(*kernel, inputs);
  const auto row = [&rows](Index i) {
    return absl::MakeConstSpan(rows.row(i).data(), static_cast<std::size_t>(rows.cols()));
  };
  EXPECT_THAT(kernel->CheckRow(2, row(2)), IsOk());
  EXPECT_THAT(kernel->CheckRow(3, row(3)),
              StatusIs(absl::StatusCode::kInternal, ::testing::HasSubstr("row 3 is not finite")));
}

TEST_F(RowKernelsTest, KeysDifferWhereTheFunctionDoes) {
  TangentsKernelOptions options;
  TangentsKernelOptions finer;
  finer.tolerance = 1e-5;
  const std::vector<RowKernelKey> keys = {EncodeKernel(servable_, 1)->key(),
                                          EncodeKernel(servable_, 2)->key(),
                                          DecodeKernel(servable_, 1)->key(),
                                          ReconstructKernel(servable_, false)->key(),
                                          ReconstructKernel(servable_, true)->key(),
                                          ClassifyKernel(servable_)->key(),
                                          TangentsKernel(servable_, options)->key(),
                                          TangentsKernel(servable_, finer)->key(),
                                          EncodeKernel(testing::SmallServable(), 1)->key()};
  for (std::size_t i = 0; i < keys.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_NE(keys[i], keys[j]) << i << " and " << j;
  }
  EXPECT_EQ(EncodeKernel(servable_, 1)->key(), keys[0]);
}

}  // namespace
}  // namespace cae
