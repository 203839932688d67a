// Random tensors: what is encoded is accepted and comes back, and what is corrupted is refused or
// harmless. The seeds are fixed; a failure names its round.
#include <cmath>
#include <cstring>
#include <random>
#include <string>
#include <vector>

#include "core/math/half.h"
#include "gtest/gtest.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

constexpr int kRounds = 3000;

class RandomTensor {
 public:
  explicit RandomTensor(std::uint32_t seed) : random_(seed) {}

  std::int64_t Integer(std::int64_t low, std::int64_t high) {
    return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
  }

  std::vector<std::int64_t> Shape() {
    std::vector<std::int64_t> shape(Integer(1, 4));
    for (std::int64_t& size : shape) size = Integer(1, 6);
    return shape;
  }

  /// In [0, 1], so that every type can hold it.
  std::vector<float> Elements(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    std::vector<float> elements(count);
    for (float& x : elements) x = std::uniform_real_distribution<float>(0, 1)(random_);
    return elements;
  }

  TensorFormat Format() {
    const auto type = static_cast<v1::DataType>(Integer(0, 4));
    return {type, type <= v1::DATA_TYPE_FLOAT32 && Integer(0, 1) == 1};
  }

  /// Changes one thing about a tensor.
  void Corrupt(v1::Tensor& tensor) {
    switch (Integer(0, 6)) {
      case 0:
        tensor.set_data_type(static_cast<v1::DataType>(Integer(-2, 9)));
        break;
      case 1:
        tensor.mutable_data()->resize(Integer(0, 300));
        break;
      case 2:
        tensor.add_shape(Integer(-2, 3));
        break;
      case 3:
        tensor.set_shape(0, static_cast<std::int64_t>(random_()) << Integer(0, 40));
        break;
      case 4:
        tensor.add_values(1);
        break;
      case 5:
        tensor.mutable_shape()->Clear();
        break;
      default:
        tensor.mutable_values()->Clear();
    }
  }

 private:
  std::mt19937_64 random_;
};

/// What a type can hold of `value`.
float Quantised(float value, v1::DataType type) {
  switch (type) {
    case v1::DATA_TYPE_FLOAT16:
      return Float16ToFloat(FloatToFloat16(value));
    case v1::DATA_TYPE_BFLOAT16:
      return BFloat16ToFloat(FloatToBFloat16(value));
    case v1::DATA_TYPE_UINT8:
      return std::round(255.0f * value) / 255.0f;
    default:
      return value;
  }
}

TEST(TensorRoundTripTest, WhatIsEncodedIsAcceptedAndComesBack) {
  RandomTensor random(20240501);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const auto shape = random.Shape();
    const auto elements = random.Elements(shape);
    const TensorFormat format = random.Format();
    v1::Tensor sent;
    ASSERT_TRUE(EncodeTensor(elements, shape, format, "x", &sent).ok());
    v1::Tensor tensor;
    ASSERT_TRUE(tensor.ParseFromString(sent.SerializeAsString()));
    ASSERT_TRUE(CheckTensor(tensor, "x").ok());

    const Matrix copy = DecodeTensor(tensor);
    ASSERT_EQ(copy.cols(), shape.back());
    ASSERT_EQ(copy.size(), static_cast<Index>(elements.size()));
    ASSERT_EQ(copy, ViewTensor(tensor).value_or(copy));
    for (std::size_t i = 0; i < elements.size(); ++i) {
      ASSERT_EQ(copy.data()[i], Quantised(elements[i], format.type)) << i;
    }
  }
}

TEST(TensorRoundTripTest, WhatIsCorruptedIsRefusedOrHarmless) {
  RandomTensor random(77);
  int refused = 0;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const auto shape = random.Shape();
    v1::Tensor tensor;
    ASSERT_TRUE(EncodeTensor(random.Elements(shape), shape, random.Format(), "x", &tensor).ok());
    for (std::int64_t i = random.Integer(1, 3); i > 0 && tensor.shape_size() > 0; --i) {
      random.Corrupt(tensor);
    }
    const absl::Status status = CheckTensor(tensor, "x");
    if (!status.ok()) {
      ++refused;
      ASSERT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
      ASSERT_TRUE(GetBadRequest(status).has_value());
      continue;
    }
    ASSERT_LE(DecodeTensor(tensor).size(),
              static_cast<Index>(tensor.data().size()) + tensor.values_size());
    CheckTensorValues(tensor, "x", "model", ValueBounds{}).IgnoreError();
  }
  EXPECT_GT(refused, kRounds / 2);
  EXPECT_LT(refused, kRounds) << "some corruptions are harmless, and were decoded";
}

TEST(TensorRoundTripTest, RandomBytesNeverBreakTheChecks) {
  RandomTensor random(5);
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    std::string bytes(random.Integer(0, 40), '\0');
    for (char& c : bytes) c = static_cast<char>(random.Integer(0, 255));
    v1::Tensor tensor;
    if (!tensor.ParseFromString(bytes) || !CheckTensor(tensor, "x").ok()) continue;
    EXPECT_GT(DecodeTensor(tensor).size(), 0);
  }
}

}  // namespace
}  // namespace cae
