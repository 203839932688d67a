#include "proto/codec/tensor_check.h"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::int64_t kMaxInt64 = std::numeric_limits<std::int64_t>::max();
constexpr char kModel[] = "model 'm' v3";

/// INVALID_ARGUMENT whose message has `fragment` and whose BadRequest names `field`.
void ExpectBadField(const absl::Status& status, const std::string& field,
                    const std::string& fragment) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(fragment));
  const auto request = GetBadRequest(status);
  ASSERT_TRUE(request.has_value()) << status;
  ASSERT_EQ(request->field_violations_size(), 1);
  EXPECT_EQ(request->field_violations(0).field(), field);
  EXPECT_EQ(request->field_violations(0).description(), status.message());
}

v1::Tensor MakeTensor(v1::DataType type, std::vector<std::int64_t> shape, std::size_t data_bytes,
                      int values = 0) {
  v1::Tensor tensor;
  tensor.set_data_type(type);
  tensor.mutable_shape()->Add(shape.begin(), shape.end());
  tensor.set_data(std::string(data_bytes, '\0'));
  for (int i = 0; i < values; ++i) tensor.add_values(0);
  return tensor;
}

TEST(CheckTensorTest, AcceptsWhatIsConsistent) {
  const v1::Tensor good[] = {
      MakeTensor(v1::DATA_TYPE_UNSPECIFIED, {2, 3}, 24),
      MakeTensor(v1::DATA_TYPE_FLOAT32, {2, 3}, 24),
      MakeTensor(v1::DATA_TYPE_FLOAT16, {2, 3}, 12),
      MakeTensor(v1::DATA_TYPE_BFLOAT16, {6}, 12),
      MakeTensor(v1::DATA_TYPE_UINT8, {1, 2, 3}, 6),
      MakeTensor(v1::DATA_TYPE_UNSPECIFIED, {2, 3}, 0, 6),
      MakeTensor(v1::DATA_TYPE_FLOAT32, {6}, 0, 6),
      MakeTensor(v1::DATA_TYPE_UINT8, {1, 1, 1, 1, 1, 1, 1, 1}, 1),
  };
  for (const v1::Tensor& tensor : good) {
    EXPECT_TRUE(CheckTensor(tensor, "inputs").ok()) << tensor.ShortDebugString();
  }
}

struct BadTensor {
  const char* name;
  v1::Tensor tensor;
  const char* field;
  const char* fragment;
};

class CheckTensorBadTest : public ::testing::TestWithParam<BadTensor> {};

TEST_P(CheckTensorBadTest, IsRefusedNamingTheField) {
  ExpectBadField(CheckTensor(GetParam().tensor, "inputs"), GetParam().field, GetParam().fragment);
}

constexpr v1::DataType kUnknownType = static_cast<v1::DataType>(9);
INSTANTIATE_TEST_SUITE_P(
    Row3, CheckTensorBadTest,
    ::testing::Values(
        BadTensor{"Default", {}, "inputs", "missing or empty"},
        BadTensor{"UnknownType", MakeTensor(kUnknownType, {1}, 4), "inputs.data_type",
                  "inputs.data_type is 9; allowed are FLOAT32"},
        BadTensor{"NegativeType", MakeTensor(static_cast<v1::DataType>(-1), {1}, 4),
                  "inputs.data_type", "is -1"},
        BadTensor{"Neither", MakeTensor(v1::DATA_TYPE_FLOAT32, {1, 4}, 0), "inputs",
                  "set its data or its values"},
        BadTensor{"Both", MakeTensor(v1::DATA_TYPE_FLOAT32, {1, 1}, 4, 1), "inputs",
                  "both data and values"},
        BadTensor{"ValuesOfBytes", MakeTensor(v1::DATA_TYPE_UINT8, {1, 2}, 0, 2),
                  "inputs.data_type", "is UINT8, but values are always FLOAT32"},
        BadTensor{"ValuesOfHalves", MakeTensor(v1::DATA_TYPE_FLOAT16, {1, 2}, 0, 2),
                  "inputs.data_type", "is FLOAT16"},
        BadTensor{"NoShape", MakeTensor(v1::DATA_TYPE_FLOAT32, {}, 4), "inputs.shape",
                  "inputs.shape is missing"},
        BadTensor{"Negative", MakeTensor(v1::DATA_TYPE_FLOAT32, {2, -3}, 24), "inputs.shape",
                  "inputs.shape[1] is -3"},
        BadTensor{"TwoNegatives", MakeTensor(v1::DATA_TYPE_FLOAT32, {-2, -3}, 24), "inputs.shape",
                  "inputs.shape[0] is -2"},
        BadTensor{
            "MostNegative",
            MakeTensor(v1::DATA_TYPE_FLOAT32, {std::numeric_limits<std::int64_t>::min(), 1}, 24),
            "inputs.shape", "is -9223372036854775808"},
        BadTensor{"Zero", MakeTensor(v1::DATA_TYPE_FLOAT32, {0, 784}, 4), "inputs.shape",
                  "inputs.shape[0] is 0; every dimension must be at least 1"},
        BadTensor{"ZeroBehindOverflow",
                  MakeTensor(v1::DATA_TYPE_FLOAT32, {kMaxInt64 / 8, 0, kMaxInt64}, 4),
                  "inputs.shape", "inputs.shape[1] is 0"},
        BadTensor{
            "ProductOverflows",
            MakeTensor(v1::DATA_TYPE_UINT8, {std::int64_t{1} << 32, std::int64_t{1} << 32}, 1),
            "inputs.shape", "more bytes than 64 bits can count"},
        BadTensor{"ProductOverflowsToTheRightSize",
                  MakeTensor(v1::DATA_TYPE_UINT8,
                             {(std::int64_t{1} << 32) + 1, (std::int64_t{1} << 32) + 1}, 1),
                  "inputs.shape", "more bytes"},
        BadTensor{"BytesOverflow", MakeTensor(v1::DATA_TYPE_FLOAT32, {kMaxInt64 / 2}, 4),
                  "inputs.shape", "more bytes"},
        BadTensor{"Gigantic", MakeTensor(v1::DATA_TYPE_UINT8, {kMaxInt64}, 1), "inputs.data",
                  "has 1 bytes; shape [9223372036854775807] of UINT8 takes 9223372036854775807"},
        BadTensor{"NineDimensions",
                  MakeTensor(v1::DATA_TYPE_UINT8, std::vector<std::int64_t>(9, 1), 1),
                  "inputs.shape", "has 9 dimensions; at most 8"},
        BadTensor{"TooFewBytes", MakeTensor(v1::DATA_TYPE_FLOAT32, {2, 784}, 12), "inputs.data",
                  "inputs.data has 12 bytes; shape [2, 784] of FLOAT32 takes 6272"},
        BadTensor{"TooManyBytes", MakeTensor(v1::DATA_TYPE_UINT8, {2, 2}, 5), "inputs.data",
                  "has 5 bytes; shape [2, 2] of UINT8 takes 4"},
        BadTensor{"PartOfAnElement", MakeTensor(v1::DATA_TYPE_FLOAT16, {2}, 5), "inputs.data",
                  "has 5 bytes; shape [2] of FLOAT16 takes 4"},
        BadTensor{"TypeOfAnotherSize", MakeTensor(v1::DATA_TYPE_BFLOAT16, {2}, 8), "inputs.data",
                  "of BFLOAT16 takes 4"},
        BadTensor{"TooFewValues", MakeTensor(v1::DATA_TYPE_FLOAT32, {2, 2}, 0, 3), "inputs.values",
                  "inputs.values has 3 elements; shape [2, 2] takes 4"}),
    [](const auto& instance) { return instance.param.name; });

TEST(CheckShapeTest, CountsRows) {
  const auto rows = [](std::vector<std::int64_t> shape) {
    return CheckShape(MakeTensor(v1::DATA_TYPE_UINT8, shape, 0), "inputs", 784, kModel);
  };
  EXPECT_EQ(rows({5, 784}).value(), 5);
  EXPECT_EQ(rows({784}).value(), 1);
  ExpectBadField(rows({2, 10}).status(), "inputs.shape",
                 "inputs has 10 columns; model 'm' v3 takes 784");
  ExpectBadField(rows({10}).status(), "inputs.shape", "inputs has 10 columns");
  ExpectBadField(rows({784, 1}).status(), "inputs.shape", "inputs has 1 columns");
  ExpectBadField(rows({2, 28, 28}).status(), "inputs.shape",
                 "has shape [2, 28, 28]; model 'm' v3 takes [n, 784] or [784]");
  ExpectBadField(rows({}).status(), "inputs.shape", "has shape []");
}

TEST(CheckDataTypeTest, TakesTheKnownTypesOnly) {
  for (int type = 0; type <= 4; ++type) {
    EXPECT_TRUE(CheckDataType(static_cast<v1::DataType>(type), "output_data_type").ok());
  }
  ExpectBadField(CheckDataType(static_cast<v1::DataType>(5), "output_data_type"),
                 "output_data_type", "output_data_type is 5");
}

TEST(DescribeModelTest, NamesTheVersion) { EXPECT_EQ(DescribeModel("m", 3), kModel); }

class CheckValuesTest : public ::testing::Test {
 protected:
  absl::Status Check(const std::optional<ValueBounds>& bounds = ValueBounds{0, 1}) const {
    return CheckValues(values_, "inputs", kModel, bounds);
  }
  Matrix values_ = Matrix::Constant(5, 20, 0.5f);
};

TEST_F(CheckValuesTest, TakesTheRangeAndATolerance) {
  values_(0, 0) = -0.00099f;
  values_(4, 19) = 1.00099f;
  EXPECT_TRUE(Check().ok());
  values_(4, 19) = 1.0011f;
  ExpectBadField(Check(), "inputs", "inputs[4, 19] is 1.0011");
  values_(4, 19) = 1.0f;
  values_(0, 0) = -0.0011f;
  ExpectBadField(Check(), "inputs", "inputs[0, 0] is -0.0011 (values down to -0.0011)");
}

TEST_F(CheckValuesTest, ComparesAsDoubleWould) {
  for (const double maximum : {0.1, 1.0, 3.3, 255.0, 1e6}) {
    float above = static_cast<float>(maximum + 1e-3);
    while (above <= maximum + 1e-3) above = std::nextafter(above, 1e9f);
    while (std::nextafter(above, 0.0f) > maximum + 1e-3) above = std::nextafter(above, 0.0f);
    values_(1, 1) = above;
    EXPECT_FALSE(Check(ValueBounds{0, maximum}).ok()) << maximum;
    EXPECT_FALSE(CheckValues(Matrix(-values_), "x", kModel, ValueBounds{-maximum, 0}).ok());
    values_.setZero();
    values_(1, 1) = std::nextafter(above, 0.0f);
    EXPECT_TRUE(Check(ValueBounds{0, maximum}).ok()) << maximum;
    EXPECT_TRUE(CheckValues(Matrix(-values_), "x", kModel, ValueBounds{-maximum, 0}).ok());
  }
}

TEST_F(CheckValuesTest, HintsAtBytesSentAsFloats) {
  values_(3, 17) = 254;
  values_(4, 0) = 255;
  ExpectBadField(
      Check(), "inputs",
      "inputs[3, 17] is 254 (values up to 255); model 'm' v3 takes [0, 1]: divide by 255 "
      "or send UINT8");
  values_(4, 1) = 256;
  EXPECT_THAT(std::string(Check().message()),
              AllOf(HasSubstr("values up to 256"), HasSubstr("allow_out_of_range")));
  values_(4, 1) = -1;
  EXPECT_THAT(std::string(Check().message()), HasSubstr("rescale the values"));
}

TEST_F(CheckValuesTest, RefusesNanAndInfinityWithAndWithoutBounds) {
  for (const float bad : {std::nanf(""), HUGE_VALF, -HUGE_VALF}) {
    for (Index column = 0; column < values_.cols(); ++column) {
      values_(2, column) = bad;
      ExpectBadField(Check(), "inputs", absl::StrCat("inputs[2, ", column, "] is "));
      ExpectBadField(Check(std::nullopt), "inputs", "; model 'm' v3 takes finite numbers only");
      values_(2, column) = 0.5f;
    }
  }
}

TEST_F(CheckValuesTest, WithoutBoundsTakesEveryFiniteNumber) {
  values_(0, 0) = std::numeric_limits<float>::max();
  values_(0, 1) = std::numeric_limits<float>::lowest();
  values_(0, 2) = std::numeric_limits<float>::denorm_min();
  EXPECT_TRUE(Check(std::nullopt).ok());
}

TEST_F(CheckValuesTest, ATensorIsCheckedAsItsFloatsAre) {
  values_.resize(40, 100);  // more than is converted at a time
  values_.setConstant(0.5f);
  for (const v1::DataType type : {v1::DATA_TYPE_FLOAT32, v1::DATA_TYPE_FLOAT16}) {
    v1::Tensor tensor;
    ASSERT_TRUE(EncodeTensor(values_, {type}, "x", &tensor).ok());
    EXPECT_TRUE(CheckTensorValues(tensor, "inputs", kModel, ValueBounds{0, 1}).ok());
    values_(33, 7) = 2;
    values_(34, 8) = std::nanf("");
    ASSERT_TRUE(EncodeTensor(values_, {type}, "x", &tensor).ok());
    ExpectBadField(CheckTensorValues(tensor, "inputs", kModel, ValueBounds{0, 1}), "inputs",
                   "inputs[33, 7] is 2");
    ExpectBadField(CheckTensorValues(tensor, "inputs", kModel, std::nullopt), "inputs",
                   "inputs[34, 8] is nan");
    values_.setConstant(0.5f);
  }
}

TEST_F(CheckValuesTest, BytesAreCheckedWhereTheRangeIsNarrower) {
  v1::Tensor tensor = MakeTensor(v1::DATA_TYPE_UINT8, {2, 3}, 6);
  tensor.set_data(std::string("\0\1\2\3\4\377", 6));
  EXPECT_TRUE(CheckTensorValues(tensor, "inputs", kModel, ValueBounds{0, 1}).ok());
  ExpectBadField(CheckTensorValues(tensor, "inputs", kModel, ValueBounds{0, 0.5}), "inputs",
                 "inputs[1, 2] is 1");
}

}  // namespace
}  // namespace cae
