#include "proto/codec/tensor_writer.h"

#include <gmock/gmock.h>

#include <cmath>
#include <thread>
#include <vector>

#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

using ::testing::HasSubstr;

TEST(TensorWriterTest, RangesInAnyOrderFromManyThreadsMakeOneTensor) {
  constexpr Index kRows = 64, kColumns = 37, kThreads = 4;
  const Matrix rows = (Matrix::Random(kRows, kColumns).array() + 1) / 2;
  for (const TensorFormat format :
       {TensorFormat{v1::DATA_TYPE_FLOAT32}, TensorFormat{v1::DATA_TYPE_FLOAT32, true},
        TensorFormat{v1::DATA_TYPE_FLOAT16}, TensorFormat{v1::DATA_TYPE_BFLOAT16},
        TensorFormat{v1::DATA_TYPE_UINT8}}) {
    v1::Tensor expected, tensor;
    ASSERT_TRUE(EncodeTensor(rows, format, "x", &expected).ok());
    TensorWriter writer({kRows, kColumns}, format, "x", &tensor);
    std::vector<std::thread> threads;
    for (Index t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (Index row = kRows - 1 - t; row >= 0; row -= kThreads) {
          writer.WriteRows(row, Rows(ConstMatrixView(rows), row, 1));
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    ASSERT_TRUE(writer.Finish().ok());
    EXPECT_TRUE(CheckTensor(tensor, "x").ok());
    EXPECT_EQ(tensor.SerializeAsString(), expected.SerializeAsString());
  }
}

TEST(TensorWriterTest, FloatsCanBeMadeWhereTheyAreSent) {
  v1::Tensor tensor;
  TensorWriter writer({2, 2}, {}, "x", &tensor);
  ASSERT_NE(writer.in_place(), nullptr);
  for (int i = 0; i < 4; ++i) writer.in_place()[i] = static_cast<float>(i);
  ASSERT_TRUE(writer.Finish().ok());
  EXPECT_EQ(DecodeTensor(tensor)(1, 1), 3);
  TensorWriter values({2, 2}, {v1::DATA_TYPE_FLOAT32, true}, "x", &tensor);
  values.in_place()[3] = 5;
  EXPECT_EQ(tensor.values(3), 5);
  TensorWriter halves({2, 2}, {v1::DATA_TYPE_FLOAT16}, "x", &tensor);
  EXPECT_EQ(halves.in_place(), nullptr);
}

TEST(TensorWriterTest, TheFirstElementThatDoesNotFitIsNamedWhicheverWasSeenFirst) {
  const std::vector<float> bad = {1, 70000, 1}, worse = {1, 1, HUGE_VALF};
  for (const bool reversed : {false, true}) {
    v1::Tensor tensor;
    TensorWriter writer({2, 3}, {v1::DATA_TYPE_FLOAT16}, "codes", &tensor);
    if (reversed) writer.Write(3, worse);
    writer.Write(0, bad);
    if (!reversed) writer.Write(3, worse);
    const absl::Status status = writer.Finish();
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(std::string(status.message()), HasSubstr("codes[0, 1] is 70000, which"));
    EXPECT_EQ(GetErrorInfo(status)->reason(), kReasonNotRepresentable);
    EXPECT_EQ(tensor.ByteSizeLong(), 0u) << "nothing half encoded is left";
  }
}

TEST(TensorWriterDeathTest, ElementsBeyondTheShapeAreABug) {
  v1::Tensor tensor;
  TensorWriter writer({2, 2}, {}, "x", &tensor);
  EXPECT_DEATH(writer.Write(3, {1.0f, 2.0f}), "x has 4 elements, but 2 are written from 3 on");
}

}  // namespace
}  // namespace cae
