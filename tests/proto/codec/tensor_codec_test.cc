#include "proto/codec/tensor_codec.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::uint32_t Bits(float value) { return std::bit_cast<std::uint32_t>(value); }

/// The little-endian bytes of `words`.
template <typename Word>
std::string Bytes(const std::vector<Word>& words) {
  std::string bytes;
  for (const Word word : words) {
    for (std::size_t i = 0; i < sizeof(Word); ++i)
      bytes.push_back(static_cast<char>(word >> 8 * i));
  }
  return bytes;
}

v1::Tensor MakeTensor(v1::DataType type, std::vector<std::int64_t> shape, std::string data) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  tensor.mutable_shape()->Add(shape.begin(), shape.end());
  tensor.set_data(std::move(data));
  return tensor;
}

/// Encodes one number as `type` and returns its bytes; empty where that is refused.
std::string EncodeOne(float value, v1::DataType type) {
  v1::Tensor tensor;
  const absl::Status status = EncodeTensor({value}, {1}, {type}, "codes", &tensor);
  EXPECT_EQ(status.ok(), !tensor.data().empty());
  return tensor.data();
}

struct HalfCase {
  std::uint16_t bits;
  float value;
};
// Exact both ways.
const HalfCase kFloat16Exact[] = {
    {0x0000, 0.0f},       {0x8000, -0.0f},     {0x3C00, 1.0f},        {0xC000, -2.0f},
    {0x7BFF, 65504.0f},   {0xFBFF, -65504.0f}, {0x0001, 0x1p-24f},    {0x8001, -0x1p-24f},
    {0x03FF, 0x3FFp-24f}, {0x0400, 0x1p-14f},  {0x3555, 0x1.554p-2f}, {0x3C01, 0x1.004p0f},
};
const HalfCase kBFloat16Exact[] = {
    {0x0000, 0.0f},      {0x8000, -0.0f},     {0x3F80, 1.0f},      {0xC000, -2.0f},
    {0x0001, 0x1p-133f}, {0x0080, 0x1p-126f}, {0x3F81, 0x1.02p0f}, {0x7F7F, 0x1.FEp127f},
};

TEST(TensorCodecTest, Float16IsExactWhereItCanBe) {
  for (const HalfCase& c : kFloat16Exact) {
    const auto tensor = MakeTensor(v1::DATA_TYPE_FLOAT16, {1}, Bytes<std::uint16_t>({c.bits}));
    EXPECT_EQ(Bits(DecodeTensor(tensor)(0, 0)), Bits(c.value)) << c.value;
    EXPECT_EQ(EncodeOne(c.value, v1::DATA_TYPE_FLOAT16), Bytes<std::uint16_t>({c.bits}));
  }
}

TEST(TensorCodecTest, BFloat16IsExactWhereItCanBe) {
  for (const HalfCase& c : kBFloat16Exact) {
    const auto tensor = MakeTensor(v1::DATA_TYPE_BFLOAT16, {1}, Bytes<std::uint16_t>({c.bits}));
    EXPECT_EQ(Bits(DecodeTensor(tensor)(0, 0)), Bits(c.value)) << c.value;
    EXPECT_EQ(EncodeOne(c.value, v1::DATA_TYPE_BFLOAT16), Bytes<std::uint16_t>({c.bits}));
  }
}

TEST(TensorCodecTest, HalvesRoundToNearestTiesToEven) {
  const HalfCase float16[] = {
      {0x3C00, 0x1.002p0f},                             // 1 + 2^-11: tie, down to even
      {0x3C02, 0x1.006p0f},                             // tie, up to even
      {0x3C01, 0x1.002002p0f},                          // just above the tie
      {0x0000, 0x1p-25f},                               // tie between 0 and the smallest subnormal
      {0x0001, 0x1.000002p-25f}, {0x0002, 0x1.8p-24f},  // tie between subnormals 1 and 2
      {0x0400, 0x3FF.8p-24f},  // tie between the largest subnormal and the smallest normal
      {0x7BFF, 65519.996f},    // below the tie with what would be 2^16
      {0x8000, -0x1p-149f},
  };
  for (const HalfCase& c : float16) {
    EXPECT_EQ(EncodeOne(c.value, v1::DATA_TYPE_FLOAT16), Bytes<std::uint16_t>({c.bits})) << c.value;
  }
  const HalfCase bfloat16[] = {
      {0x3F80, 0x1.01p0f}, {0x3F82, 0x1.03p0f}, {0x3F81, 0x1.010002p0f}, {0x0000, 0x1p-134f}};
  for (const HalfCase& c : bfloat16) {
    EXPECT_EQ(EncodeOne(c.value, v1::DATA_TYPE_BFLOAT16), Bytes<std::uint16_t>({c.bits}))
        << c.value;
  }
}

TEST(TensorCodecTest, HalvesKeepInfinityAndNanWhenDecoded) {
  const auto half =
      MakeTensor(v1::DATA_TYPE_FLOAT16, {3}, Bytes<std::uint16_t>({0x7C00, 0xFC00, 0x7C01}));
  EXPECT_EQ(DecodeTensor(half)(0, 0), HUGE_VALF);
  EXPECT_EQ(DecodeTensor(half)(0, 1), -HUGE_VALF);
  EXPECT_TRUE(std::isnan(DecodeTensor(half)(0, 2)));
  const auto brain =
      MakeTensor(v1::DATA_TYPE_BFLOAT16, {3}, Bytes<std::uint16_t>({0x7F80, 0xFF80, 0x7FC0}));
  EXPECT_EQ(DecodeTensor(brain)(0, 0), HUGE_VALF);
  EXPECT_EQ(DecodeTensor(brain)(0, 1), -HUGE_VALF);
  EXPECT_TRUE(std::isnan(DecodeTensor(brain)(0, 2)));
  // NaN stays NaN on the way out, too.
  EXPECT_TRUE(std::isnan(DecodeTensor(
      MakeTensor(v1::DATA_TYPE_FLOAT16, {1}, EncodeOne(std::nanf(""), v1::DATA_TYPE_FLOAT16)))(0)));
}

TEST(TensorCodecTest, OverflowIsRefusedNotSentAsInfinity) {
  struct Case {
    v1::DataType type;
    float value;
    const char* fragment;
  };
  const Case cases[] = {
      {v1::DATA_TYPE_FLOAT16, 65520.0f, "codes[1, 0, 2] is 65520, which DATA_TYPE_FLOAT16"},
      {v1::DATA_TYPE_FLOAT16, -1e6f, "codes[1, 0, 2] is -1e+06"},
      {v1::DATA_TYPE_FLOAT16, HUGE_VALF, "is inf"},
      {v1::DATA_TYPE_BFLOAT16, std::numeric_limits<float>::max(), "which DATA_TYPE_BFLOAT16"},
      {v1::DATA_TYPE_UINT8, std::nanf(""), "is nan, which DATA_TYPE_UINT8"},
  };
  for (const Case& c : cases) {
    std::vector<float> elements(2 * 2 * 3, 0.25f);
    elements[8] = c.value;
    v1::Tensor tensor;
    const absl::Status status = EncodeTensor(elements, {2, 2, 3}, {c.type}, "codes", &tensor);
    EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.fragment));
    EXPECT_EQ(GetErrorInfo(status)->reason(), kReasonNotRepresentable);
    EXPECT_EQ(tensor.ByteSizeLong(), 0u) << "nothing half encoded is left";
  }
}

TEST(TensorCodecTest, EveryByteIsItsQuotientAndComesBack) {
  std::string all(256, '\0');
  for (int b = 0; b < 256; ++b) all[b] = static_cast<char>(b);
  const Matrix values = DecodeTensor(MakeTensor(v1::DATA_TYPE_UINT8, {2, 128}, all));
  for (int b = 0; b < 256; ++b) {
    volatile float divisor = 255.0f;
    EXPECT_EQ(Bits(values.data()[b]), Bits(static_cast<float>(b) / divisor)) << b;
  }
  v1::Tensor back;
  ASSERT_TRUE(EncodeTensor(values, {v1::DATA_TYPE_UINT8}, "x", &back).ok());
  EXPECT_EQ(back.data(), all);
}

TEST(TensorCodecTest, BytesAreRoundedAndClamped) {
  const auto byte = [](float value) {
    return static_cast<int>(static_cast<unsigned char>(EncodeOne(value, v1::DATA_TYPE_UINT8)[0]));
  };
  EXPECT_EQ(byte(0.5f), 128);  // 127.5: halves go up
  EXPECT_EQ(byte(0x1.010102p-9f), 1);
  EXPECT_EQ(byte(0x1.0101p-9f), 0);  // 255 v = 0.49999997, to which 0.5 must not simply be added
  EXPECT_EQ(byte(-0.3f), 0);
  EXPECT_EQ(byte(1.7f), 255);
  EXPECT_EQ(byte(HUGE_VALF), 255);
  EXPECT_EQ(byte(-HUGE_VALF), 0);
}

TEST(TensorCodecTest, Float32KeepsEveryBit) {
  const std::vector<std::uint32_t> bits = {0x00000000, 0x80000000, 0x00000001, 0x7F7FFFFF,
                                           0x7F800000, 0x7FC12345, 0x7FA00001, 0x3F800001};
  const auto tensor = MakeTensor(v1::DATA_TYPE_FLOAT32, {2, 4}, Bytes(bits));
  const Matrix matrix = DecodeTensor(tensor);
  ASSERT_EQ(matrix.rows(), 2);
  for (std::size_t i = 0; i < bits.size(); ++i) EXPECT_EQ(Bits(matrix.data()[i]), bits[i]);
  v1::Tensor back;
  ASSERT_TRUE(EncodeTensor(matrix, {}, "x", &back).ok());
  EXPECT_EQ(back.SerializeAsString(), tensor.SerializeAsString());
}

TEST(TensorCodecTest, ViewsFloatsWhereTheyLieAndConvertsTheRest) {
  const auto floats = MakeTensor(v1::DATA_TYPE_UNSPECIFIED, {2, 8}, std::string(64, '\1'));
  ASSERT_TRUE(ViewTensor(floats).has_value());
  EXPECT_EQ(static_cast<const void*>(ViewTensor(floats)->data()), floats.data().data());
  EXPECT_EQ(ViewTensor(floats)->rows(), 2);
  EXPECT_EQ(ViewTensor(floats)->cols(), 8);

  v1::Tensor values = MakeTensor(v1::DATA_TYPE_FLOAT32, {1, 2}, "");
  values.add_values(0.25f);
  values.add_values(0.75f);
  EXPECT_EQ(ViewTensor(values)->data(), values.values().data());
  EXPECT_EQ(DecodeTensor(values)(0, 1), 0.75f);

  const auto bytes = MakeTensor(v1::DATA_TYPE_UINT8, {1, 4}, std::string("\0\xff\0\xff", 4));
  EXPECT_FALSE(ViewTensor(bytes).has_value());
  const Matrix converted = DecodeTensor(bytes);
  EXPECT_EQ(converted.rows(), 1);
  EXPECT_EQ(converted(0, 3), 1.0f);
}

TEST(TensorCodecTest, ReadsAnyRangeOfElements) {
  const v1::DataType types[] = {v1::DATA_TYPE_FLOAT32, v1::DATA_TYPE_FLOAT16,
                                v1::DATA_TYPE_BFLOAT16, v1::DATA_TYPE_UINT8};
  for (const v1::DataType type : types) {
    v1::Tensor tensor;
    ASSERT_TRUE(EncodeTensor({0, 1, 0, 1, 1}, {5}, {type}, "x", &tensor).ok());
    std::vector<float> range(3);
    ReadElements(tensor, 2, absl::MakeSpan(range));
    EXPECT_THAT(range, ElementsAre(0, 1, 1)) << v1::DataType_Name(type);
  }
  v1::Tensor tensor;
  ASSERT_TRUE(EncodeTensor({4, 5, 6}, {3}, {v1::DATA_TYPE_FLOAT32, true}, "x", &tensor).ok());
  std::vector<float> range(2);
  ReadElements(tensor, 1, absl::MakeSpan(range));
  EXPECT_THAT(range, ElementsAre(5, 6));
}

TEST(TensorCodecTest, LastDimensionIsTheColumns) {
  const Matrix cube =
      DecodeTensor(MakeTensor(v1::DATA_TYPE_UINT8, {2, 3, 4}, std::string(24, 'x')));
  EXPECT_EQ(cube.rows(), 6);
  EXPECT_EQ(cube.cols(), 4);
  const Matrix row = DecodeTensor(MakeTensor(v1::DATA_TYPE_UINT8, {5}, std::string(5, 'x')));
  EXPECT_EQ(row.rows(), 1);
  EXPECT_EQ(row.cols(), 5);
}

TEST(TensorCodecTest, EncodesVectorsMatricesAndCubes) {
  const std::vector<float> elements = {1, 2, 3, 4, 5, 6, 7, 8};
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{8}, {4, 2}, {2, 2, 2}, {1, 8, 1}}) {
    v1::Tensor tensor = MakeTensor(v1::DATA_TYPE_UINT8, {9}, "what was there before");
    ASSERT_TRUE(EncodeTensor(elements, shape, {}, "x", &tensor).ok());
    EXPECT_TRUE(CheckTensor(tensor, "x").ok());
    EXPECT_EQ(tensor.data_type(), v1::DATA_TYPE_FLOAT32);
    EXPECT_EQ(std::vector<std::int64_t>(tensor.shape().begin(), tensor.shape().end()), shape);
    EXPECT_EQ(std::memcmp(tensor.data().data(), elements.data(), 32), 0);
  }
}

TEST(TensorCodecTest, AnswersUseValuesWhereTheInputsDid) {
  v1::Tensor with_values;
  with_values.add_values(1);
  const auto with_data = MakeTensor(v1::DATA_TYPE_FLOAT32, {1}, "1234");
  EXPECT_TRUE(AnswerFormat(with_values, v1::DATA_TYPE_UNSPECIFIED).as_values);
  EXPECT_EQ(AnswerFormat(with_values, v1::DATA_TYPE_UNSPECIFIED).type, v1::DATA_TYPE_FLOAT32);
  EXPECT_FALSE(AnswerFormat(with_values, v1::DATA_TYPE_UINT8).as_values);
  EXPECT_FALSE(AnswerFormat(with_data, v1::DATA_TYPE_FLOAT32).as_values);

  v1::Tensor tensor;
  ASSERT_TRUE(EncodeTensor({0.5f, -2.0f}, {2}, {v1::DATA_TYPE_FLOAT32, true}, "x", &tensor).ok());
  EXPECT_TRUE(CheckTensor(tensor, "x").ok());
  EXPECT_THAT(tensor.values(), ElementsAre(0.5f, -2.0f));
  EXPECT_TRUE(tensor.data().empty());
}

TEST(TensorCodecDeathTest, ShapeThatContradictsTheElementsIsABug) {
  v1::Tensor tensor;
  EXPECT_DEATH(EncodeTensor({1.0f}, {2}, {}, "x", &tensor).IgnoreError(), "x has 1 elements");
}

}  // namespace
}  // namespace cae
