// Products of batches with Jacobians against JacobianOperator, in double, one point at a time.
#include "core/model/jacobian_batch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/model/jacobian_operator.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomModelParameters;
using testing::Weights;

struct Stack {
  std::vector<Index> sizes;
  Activation activation;
  Weights weights;
};

enum class Way { kGram, kPush, kPull };

Matrix Multiply(const JacobianBatch& batch, Way way, const std::vector<Index>& points,
                ConstMatrixView vectors) {
  Workspace workspace;
  Matrix out(vectors.rows(), way == Way::kPull ? batch.input_units() : batch.code_units());
  absl::Status status;
  if (way == Way::kGram) status = batch.Gram(points, vectors, out, workspace, NeverYield);
  if (way == Way::kPush) status = batch.Push(points, vectors, out, workspace, NeverYield);
  if (way == Way::kPull) status = batch.Pull(points, vectors, out, workspace, NeverYield);
  EXPECT_THAT(status, IsOk());
  return out;
}

VectorD Multiply(const JacobianOperator& jacobian, Way way, const VectorD& v) {
  if (way == Way::kGram) return jacobian.ApplyGram(v);
  return way == Way::kPush ? jacobian.Apply(v) : jacobian.ApplyTransposed(v);
}

class JacobianBatchTest : public ::testing::TestWithParam<Stack> {
 protected:
  static constexpr Index kPoints = 5;

  /// Random vectors for products that way, as many as asked for.
  static Matrix Vectors(const JacobianBatch& batch, Way way, Index count) {
    const Index size = way == Way::kPush ? batch.input_units() : batch.code_units();
    return RandomMatrix(count, size, 8 + static_cast<int>(way));
  }

  const ModelParameters parameters_ =
      RandomModelParameters(GetParam().sizes, {GetParam().activation}, GetParam().weights, 4);
  const std::shared_ptr<const Autoencoder> model_ = *Autoencoder::Create(parameters_);
  const ReferenceAutoencoder reference_{parameters_};
  Workspace workspace_;
};

TEST_P(JacobianBatchTest, AgreesWithTheOperatorOverAllRangesOfLayers) {
  const std::vector<Index> points = {3, 0, 3, 4, 1, 2, 0};  // some repeated, none in order
  for (int first = 1; first <= model_->layers(); ++first) {
    for (int last = first; last <= model_->layers(); ++last) {
      JacobianBatch batch(*model_, first, last);
      const Matrix below = RandomMatrix(kPoints, batch.input_units(), 5, 0, 1);
      ASSERT_THAT(batch.Evaluate(below, workspace_, NeverYield), IsOk());
      ASSERT_EQ(batch.points(), kPoints);
      for (const Way way : {Way::kGram, Way::kPush, Way::kPull}) {
        const Matrix vectors = Vectors(batch, way, points.size());
        const Matrix out = Multiply(batch, way, points, vectors);
        for (std::size_t i = 0; i < points.size(); ++i) {
          const auto states =
              reference_.Forward(below.row(points[i]).transpose().cast<double>(), first, last);
          const JacobianOperator jacobian(reference_, states, first);
          const VectorD expected =
              Multiply(jacobian, way, vectors.row(i).transpose().cast<double>());
          // Float sums of some tens of products, layer after layer.
          EXPECT_LE((out.row(i).transpose().cast<double>() - expected).norm(),
                    2e-6 * (1 + expected.norm()))
              << "layers " << first << " to " << last << ", way " << static_cast<int>(way)
              << ", row " << i;
          EXPECT_LE((batch.codes().row(points[i]).transpose().cast<double>() - states.back())
                        .lpNorm<Eigen::Infinity>(),
                    1e-6 * (1 + states.back().norm()));
        }
      }
    }
  }
}

TEST_P(JacobianBatchTest, BitsOfARowDependOnItsPointAndVectorAlone) {
  JacobianBatch batch(*model_, 1, model_->layers());
  const Matrix below = RandomMatrix(300, batch.input_units(), 5, 0, 1);
  ASSERT_THAT(batch.Evaluate(below, workspace_, NeverYield), IsOk());
  const Matrix codes = batch.codes();
  for (const Way way : {Way::kGram, Way::kPush, Way::kPull}) {
    const Matrix vectors = Vectors(batch, way, 300);
    std::vector<Index> points(300);
    for (Index i = 0; i < 300; ++i) points[i] = 299 - i;
    const Matrix all = Multiply(batch, way, points, vectors);
    for (const Index size : {1, 7, 64}) {
      JacobianBatch some(*model_, 1, model_->layers());
      for (const Index first : {0, 100, 236}) {
        // The points of rows first to first + size, in the order of `below`.
        const ConstMatrixView own = Rows(ConstMatrixView(below), 300 - first - size, size);
        ASSERT_THAT(some.Evaluate(own, workspace_, NeverYield), IsOk());
        std::vector<Index> own_points(size);
        for (Index i = 0; i < size; ++i) own_points[i] = size - 1 - i;
        ASSERT_THAT(Multiply(some, way, own_points, Rows(ConstMatrixView(vectors), first, size)),
                    HasBitsOf(Matrix(all.middleRows(first, size))))
            << size << " from " << first;
        ASSERT_THAT(Matrix(some.codes()),
                    HasBitsOf(Matrix(codes.middleRows(300 - first - size, size))));
      }
    }
  }
}

TEST_P(JacobianBatchTest, ErrorOfTheYieldPointEndsACall) {
  JacobianBatch batch(*model_, 1, model_->layers());
  const Matrix below = RandomMatrix(2, batch.input_units(), 5, 0, 1);
  const auto cancel = [] { return absl::CancelledError("enough"); };
  EXPECT_EQ(batch.Evaluate(below, workspace_, cancel).code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(batch.points(), 0);
  ASSERT_THAT(batch.Evaluate(below, workspace_, NeverYield), IsOk());
  Matrix out(1, batch.code_units());
  EXPECT_EQ(batch.Gram({1}, batch.codes().topRows(1).eval(), out, workspace_, cancel).code(),
            absl::StatusCode::kCancelled);
}

std::string StackName(const ::testing::TestParamInfo<Stack>& info) {
  std::string name;
  for (const Index size : info.param.sizes) absl::StrAppend(&name, size, "_");
  return absl::StrCat(name, ActivationName(info.param.activation), "_",
                      info.param.weights == Weights::kTied ? "tied" : "untied");
}

std::vector<Stack> Stacks() {
  std::vector<Stack> stacks;
  // Narrower and wider than the input; 2h ≥ 4d has no Gram matrix.
  const std::vector<std::vector<Index>> all_sizes = {
      {20, 9}, {9, 13}, {5, 31}, {12, 17, 8}, {11, 6, 19, 7}};
  for (const auto& sizes : all_sizes) {
    for (const Activation activation :
         {Activation::kLogistic, Activation::kTanh, Activation::kRelu, Activation::kIdentity}) {
      for (const Weights weights : {Weights::kTied, Weights::kUntied}) {
        stacks.push_back({sizes, activation, weights});
      }
    }
  }
  return stacks;
}

INSTANTIATE_TEST_SUITE_P(All, JacobianBatchTest, ::testing::ValuesIn(Stacks()), StackName);

// The derivative comes from the pre-activation: 1 − y has no digits left where y is 1 in float.
TEST(JacobianBatchTest, KeepsItsDigitsWhereUnitsAreSaturated) {
  ModelParameters parameters =
      RandomModelParameters({8, 6}, {Activation::kLogistic}, Weights::kTied, 4);
  parameters.layers[0].encoder.bias.setConstant(20);
  const auto model = *Autoencoder::Create(parameters);
  const ReferenceAutoencoder reference(parameters);
  const Matrix below = RandomMatrix(1, 8, 5, 0, 1), u = RandomMatrix(1, 6, 6);
  Workspace workspace;
  JacobianBatch batch(*model, 1, 1);
  ASSERT_THAT(batch.Evaluate(below, workspace, NeverYield), IsOk());
  const Matrix out = Multiply(batch, Way::kPull, {0}, u);
  // s'(a) = e^−a to double precision here.
  const VectorD a =
      reference.stack()[0].weight * below.transpose().cast<double>() + reference.stack()[0].bias;
  const VectorD expected = reference.stack()[0].weight.transpose() *
                           VectorD((-a.array()).exp() * u.transpose().cast<double>().array());
  EXPECT_LE((out.transpose().cast<double>() - expected).norm(), 1e-5 * expected.norm());
}

// Eight bits of mantissa in weights and vectors: a model in bfloat16 differs visibly, but little.
TEST(JacobianBatchTest, FollowsThePrecisionOfTheModel) {
  const ModelParameters parameters =
      RandomModelParameters({60, 40}, {Activation::kLogistic}, Weights::kTied, 4);
  const auto coarse = Autoencoder::Create(parameters, Precision::kBFloat16);
  if (!coarse.ok()) GTEST_SKIP() << coarse.status().message();
  EXPECT_EQ((*coarse)->precision(), Precision::kBFloat16);
  const auto exact = *Autoencoder::Create(parameters);
  const Matrix below = RandomMatrix(3, 60, 5, 0, 1), u = RandomMatrix(3, 40, 6);
  Workspace workspace;
  JacobianBatch fine(*exact, 1, 1), rough(**coarse, 1, 1);
  ASSERT_THAT(fine.Evaluate(below, workspace, NeverYield), IsOk());
  ASSERT_THAT(rough.Evaluate(below, workspace, NeverYield), IsOk());
  const Matrix expected = Multiply(fine, Way::kGram, {0, 1, 2}, u);
  const double error = (Multiply(rough, Way::kGram, {0, 1, 2}, u) - expected).norm();
  EXPECT_GT(error, 1e-5 * expected.norm());
  EXPECT_LT(error, 2e-2 * expected.norm());
}

}  // namespace
}  // namespace cae
