// A row's bits must not depend on its batch. CTest runs this program three times: with the best
// instruction set of the machine and, through CAE_TEST_ISA, held at AVX2 and at SSE4.1, where other
// numbers of rows round alike.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <thread>
#include <vector>

#include "core/math/half.h"
#include "core/math/packed_dense.h"
#include "tests/testing/held_instruction_set.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

[[maybe_unused]] const bool kHeld = testing::HoldInstructionSetOfEnvironment();

using testing::HasBitsOf;
using testing::IsOk;
using testing::RandomMatrix;
using testing::RandomVector;
using Layout = PackedDense::Layout;
using Output = PackedDense::Output;

struct Shape {
  Index inputs;
  Index outputs;
};

PackedDense Layer(Shape shape, Layout layout, Activation activation) {
  const Matrix weight = layout == Layout::kOutputsByInputs
                            ? RandomMatrix(shape.outputs, shape.inputs, 1)
                            : RandomMatrix(shape.inputs, shape.outputs, 1);
  auto layer = PackedDense::Pack(weight, layout, RandomVector(shape.outputs, 2), activation);
  EXPECT_THAT(layer, IsOk());
  return *std::move(layer);
}

Matrix Apply(const PackedDense& layer, ConstMatrixView inputs, Output output,
             Workspace& workspace) {
  Matrix outputs(inputs.rows(), layer.outputs());
  layer.Apply(inputs, output, outputs, workspace);
  return outputs;
}

TEST(InstructionSetTest, IsTheOneThatTheEnvironmentAsksFor) {
  const char* const cap = std::getenv("DNNL_MAX_CPU_ISA");
  const dnnl::cpu_isa isa = dnnl::get_effective_cpu_isa();
  RecordProperty("cpu_isa", static_cast<int>(isa));
  std::cout << "oneDNN's instruction set: " << static_cast<int>(isa) << "\n";
  if (cap == nullptr) return;
  // A machine below the cap keeps its own, so only "not above" can be asked for.
  const dnnl::cpu_isa allowed =
      std::string(cap) == "SSE41" ? dnnl::cpu_isa::sse41 : dnnl::cpu_isa::avx2;
  EXPECT_LE(static_cast<int>(isa), static_cast<int>(allowed)) << "cap " << cap;
}

class BatchInvarianceTest : public ::testing::TestWithParam<Shape> {};

// Row i of every batch is row i of one matrix of 1000 rows, and the batches start at different
// rows, so each row is computed at many positions of many batches; all must have the bits it has
// alone.
TEST_P(BatchInvarianceTest, RowHasTheBitsItHasAloneAtEveryPositionOfEveryBatch) {
  const Shape shape = GetParam();
  Workspace workspace;
  const Matrix inputs = RandomMatrix(1000, shape.inputs, 3, 0, 1);
  for (const Layout layout : {Layout::kOutputsByInputs, Layout::kInputsByOutputs}) {
    const PackedDense layer = Layer(shape, layout, Activation::kLogistic);
    for (const Output output : {Output::kActivated, Output::kPreActivation}) {
      Matrix alone(inputs.rows(), shape.outputs);
      for (Index row = 0; row < inputs.rows(); ++row) {
        layer.Apply(Rows(inputs, row, 1), output, Rows(MatrixView(alone), row, 1), workspace);
      }
      for (const Index batch : {2, 3, 5, 7, 13, 63, 64, 65, 127, 1000}) {
        for (Index first = 0; first + batch <= std::min<Index>(1000, 4 * batch); first += batch) {
          const Matrix outputs = Apply(layer, Rows(inputs, first, batch), output, workspace);
          ASSERT_THAT(outputs, HasBitsOf(Matrix(alone.middleRows(first, batch))))
              << "batch of " << batch << " from row " << first;
        }
      }
    }
  }
}

TEST_P(BatchInvarianceTest, OneRowHasTheSameBitsAtEveryPositionAmongOtherRows) {
  const Shape shape = GetParam();
  Workspace workspace;
  const PackedDense layer = Layer(shape, Layout::kOutputsByInputs, Activation::kTanh);
  const Matrix row = RandomMatrix(1, shape.inputs, 4, 0, 1);
  const Matrix alone = Apply(layer, row, Output::kActivated, workspace);
  for (const Index batch : {1, 7, 64}) {
    Matrix inputs = RandomMatrix(batch, shape.inputs, 5, 0, 1);
    for (Index position = 0; position < batch; ++position) {
      const Matrix before = inputs.row(position);
      inputs.row(position) = row;
      const Matrix outputs = Apply(layer, inputs, Output::kActivated, workspace);
      ASSERT_THAT(Matrix(outputs.row(position)), HasBitsOf(alone))
          << "position " << position << " of " << batch;
      inputs.row(position) = before;
    }
  }
}

// Rows of the wire and of larger matrices lie at any address that a float may have.
TEST_P(BatchInvarianceTest, AlignmentOfTheRowsDoesNotMatter) {
  const Shape shape = GetParam();
  constexpr Index kRows = 65;
  Workspace workspace;
  const PackedDense layer = Layer(shape, Layout::kOutputsByInputs, Activation::kLogistic);
  const Matrix inputs = RandomMatrix(kRows, shape.inputs, 6, 0, 1);
  const Matrix expected = Apply(layer, inputs, Output::kActivated, workspace);
  for (const Index shift : {1, 2, 3, 5}) {
    std::vector<float> in(inputs.size() + shift), out(expected.size() + shift);
    std::copy_n(inputs.data(), inputs.size(), in.data() + shift);
    const MatrixView outputs(out.data() + shift, kRows, shape.outputs);
    layer.Apply({in.data() + shift, kRows, shape.inputs}, Output::kActivated, outputs, workspace);
    ASSERT_THAT(outputs, HasBitsOf(expected)) << "shifted by " << shift << " floats";
  }
}

// In bfloat16 the kernels are others, and so are the tile classes that agree.
TEST_P(BatchInvarianceTest, HoldsInBFloat16) {
  const Shape shape = GetParam();
  Workspace workspace;
  const Matrix weight = RandomMatrix(shape.outputs, shape.inputs, 1);
  const auto layer = PackedDense::Pack(
      weight, Layout::kOutputsByInputs, RandomVector(shape.outputs, 2), Activation::kLogistic,
      {{Output::kActivated, Output::kLinear}, Precision::kBFloat16});
  if (layer.status().code() == absl::StatusCode::kFailedPrecondition) {
    GTEST_SKIP() << layer.status().message();
  }
  ASSERT_THAT(layer, IsOk());
  const Matrix inputs = RandomMatrix(300, shape.inputs, 3, 0, 1);
  // Numbers that bfloat16 holds multiply exactly; only the order of sums in float is open.
  const auto rounded = [](float x) { return BFloat16ToFloat(FloatToBFloat16(x)); };
  const MatrixD expected = inputs.unaryExpr(rounded).cast<double>() *
                           weight.unaryExpr(rounded).cast<double>().transpose();
  for (const Output output : {Output::kActivated, Output::kLinear}) {
    const Matrix all = Apply(*layer, inputs, output, workspace);
    if (output == Output::kLinear) {
      EXPECT_LE((all.cast<double>() - expected).lpNorm<Eigen::Infinity>(),
                1e-5 * std::sqrt(static_cast<double>(shape.inputs)));
    }
    for (const Index batch : {1, 2, 7, 13, 63, 64, 65, 129}) {
      for (Index first = 0; first + batch <= 300; first += 37) {
        ASSERT_THAT(Apply(*layer, Rows(inputs, first, batch), output, workspace),
                    HasBitsOf(Matrix(all.middleRows(first, batch))))
            << batch << " from " << first;
      }
    }
  }
}

// Packing finds out which tiles round alike; it must find the same again.
TEST_P(BatchInvarianceTest, PackingAgainGivesTheSameBits) {
  const Shape shape = GetParam();
  Workspace workspace;
  const Matrix inputs = RandomMatrix(70, shape.inputs, 7, 0, 1);
  const PackedDense one = Layer(shape, Layout::kOutputsByInputs, Activation::kLogistic);
  const PackedDense other = Layer(shape, Layout::kOutputsByInputs, Activation::kLogistic);
  EXPECT_EQ(one.tile_rows(), other.tile_rows());
  EXPECT_THAT(Apply(one, inputs, Output::kActivated, workspace),
              HasBitsOf(Apply(other, inputs, Output::kActivated, workspace)));
}

TEST_P(BatchInvarianceTest, ThreadsApplyingOneLayerAtOnceGetTheSameBits) {
  const Shape shape = GetParam();
  constexpr int kThreads = 2;
  const PackedDense layer = Layer(shape, Layout::kOutputsByInputs, Activation::kLogistic);
  const Matrix inputs = RandomMatrix(130, shape.inputs, 8, 0, 1);
  Workspace workspace;
  const Matrix expected = Apply(layer, inputs, Output::kActivated, workspace);
  std::vector<Matrix> results(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      Workspace own;
      // Different batches at the same time, as the executor makes them.
      for (int round = 0; round < 4; ++round) {
        Apply(layer, Rows(inputs, 0, 1 + 7 * t + round), Output::kPreActivation, own);
      }
      results[t] = Apply(layer, inputs, Output::kActivated, own);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Matrix& result : results) EXPECT_THAT(result, HasBitsOf(expected));
}

INSTANTIATE_TEST_SUITE_P(Shapes, BatchInvarianceTest,
                         ::testing::Values(Shape{1, 1}, Shape{3, 5}, Shape{17, 33}, Shape{100, 64},
                                           Shape{784, 10}, Shape{784, 500}, Shape{300, 784},
                                           Shape{1000, 300}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.inputs) + "To" +
                                  std::to_string(shape.param.outputs);
                         });

}  // namespace
}  // namespace cae
