#include "core/io/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/math/half.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::HasBitsOf;
using ::cae::testing::IsOk;
using ::cae::testing::RandomMatrix;
using ::cae::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A file of version `major`.0 with this dictionary, not padded.
std::string File(absl::string_view dictionary, absl::string_view data, int major = 1) {
  std::string bytes =
      absl::StrCat("\x93NUMPY", std::string(1, static_cast<char>(major)), std::string(1, '\0'));
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  for (std::size_t i = 0; i < length_bytes; ++i) {
    bytes.push_back(static_cast<char>(dictionary.size() >> (8 * i)));
  }
  return absl::StrCat(bytes, dictionary, data);
}

std::string Dictionary(absl::string_view dtype, absl::string_view shape,
                       absl::string_view order = "False") {
  return absl::StrCat("{'descr': '", dtype, "', 'fortran_order': ", order, ", 'shape': ", shape,
                      ", }\n");
}

template <typename Number>
std::string Data(std::vector<Number> numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

TEST(NpyTest, WritesTheBytesThatNumpyWrites) {
  // numpy.save of numpy.array([[1, -2, 0.5]], dtype='<f4'), NumPy 1.24.
  Matrix matrix(1, 3);
  matrix << 1, -2, 0.5f;
  const std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }";
  EXPECT_EQ(
      SerializeNpy(matrix),
      absl::StrCat(absl::string_view("\x93NUMPY\x01\x00\x76\x00", 10), header,
                   std::string(117 - header.size(), ' '), "\n",
                   absl::string_view("\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x00\x3f", 12)));
}

TEST(NpyTest, WrittenArraysComeBackWithTheirShape) {
  const Matrix matrix = RandomMatrix(6, 20, 1);
  for (const std::vector<std::int64_t>& shape :
       std::vector<std::vector<std::int64_t>>{{120}, {6, 20}, {6, 4, 5}, {6, 1, 4, 5}, {120, 1}}) {
    const absl::StatusOr<NpyArray> array = ParseNpy(SerializeNpy(matrix, shape));
    ASSERT_THAT(array, IsOk());
    EXPECT_EQ(array->shape, shape);
    EXPECT_EQ(array->dtype, "<f4");
    EXPECT_EQ(array->values.rows(), shape[0]);
    const ConstMatrixView flat(array->values.data(), 6, 20);
    EXPECT_THAT(Matrix(flat), HasBitsOf(matrix));
  }
}

TEST(NpyTest, HeadersAreAlignedTo64BytesForEveryShape) {
  for (Index rows = 1; rows < 100'000; rows *= 3) {
    const Matrix matrix = Matrix::Zero(rows, 1);
    const std::string bytes = SerializeNpy(matrix, {rows, 1, 1});
    EXPECT_EQ((bytes.size() - static_cast<std::size_t>(rows) * 4) % 64, 0U) << rows;
  }
}

TEST(NpyTest, AShapeThatIsNotThatOfTheValuesIsABug) {
  const Matrix matrix = Matrix::Zero(2, 3);
  EXPECT_DEATH(SerializeNpy(matrix, {2, 2}), "shape \\(2, 2\\) of 6 values");
}

TEST(NpyTest, ReadsEveryVersionAndStyleOfHeader) {
  const std::string data = Data<float>({1, 2, 3, 4, 5, 6});
  for (const std::string& file :
       {File(Dictionary("<f4", "(2, 3)"), data, 1), File(Dictionary("<f4", "(2, 3)"), data, 2),
        File(Dictionary("<f4", "(2, 3)"), data, 3),
        File(R"({"shape":(2,3,),"fortran_order":False,"descr":"<f4"})", data)}) {
    const absl::StatusOr<NpyArray> array = ParseNpy(file);
    ASSERT_THAT(array, IsOk());
    EXPECT_THAT(array->shape, ElementsAre(2, 3));
    EXPECT_EQ(array->values(1, 0), 4.0f);
  }
}

template <typename Number>
void ExpectReads(absl::string_view dtype, std::vector<Number> numbers, std::vector<float> wanted) {
  const absl::StatusOr<NpyArray> array = ParseNpy(
      File(Dictionary(dtype, absl::StrCat("(", numbers.size(), ",)")), Data<Number>(numbers)));
  ASSERT_THAT(array, IsOk()) << dtype;
  EXPECT_EQ(array->dtype, dtype);
  ASSERT_EQ(array->values.cols(), 1);
  EXPECT_EQ(std::vector<float>(array->values.data(), array->values.data() + array->values.size()),
            wanted)
      << dtype;
}

TEST(NpyTest, ConvertsEveryTypeOfElements) {
  ExpectReads<float>("<f4", {1.5f, -0.1f}, {1.5f, -0.1f});
  ExpectReads<double>("<f8", {0.1, -1e30, 1e-300}, {0.1f, -1e30f, 0});
  ExpectReads<std::uint16_t>("<f2", {FloatToFloat16(0.5f), FloatToFloat16(-65504)}, {0.5f, -65504});
  ExpectReads<std::uint8_t>("|u1", {0, 255}, {0, 255});
  ExpectReads<std::int8_t>("|i1", {-128, 127}, {-128, 127});
  ExpectReads<std::uint8_t>("|b1", {0, 1}, {0, 1});
  ExpectReads<std::uint16_t>("<u2", {65535}, {65535});
  ExpectReads<std::int16_t>("<i2", {-32768}, {-32768});
  ExpectReads<std::uint32_t>("<u4", {1U << 31}, {0x1p31f});
  ExpectReads<std::int32_t>("<i4", {-(1 << 24)}, {-0x1p24f});
  ExpectReads<std::uint64_t>("<u8", {std::uint64_t{1} << 63}, {0x1p63f});
  ExpectReads<std::int64_t>("<i8", {9, -7}, {9, -7});
}

TEST(NpyTest, RefusesNumbersThatFloat32CannotHold) {
  EXPECT_THAT(ParseNpy(File(Dictionary("<f8", "(2,)"), Data<double>({1, 1e39}))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("element 1 is 1e+39")));
  EXPECT_THAT(ParseNpy(File(Dictionary("<i8", "(1,)"), Data<std::int64_t>({(1 << 24) + 1}))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("element 0 is 16777217")));
  EXPECT_THAT(ParseNpy(File(Dictionary("<u8", "(1,)"), Data<std::uint64_t>({~std::uint64_t{0}}))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("18446744073709551615")));
}

TEST(NpyTest, PassesWhatIsNotFinite) {
  const absl::StatusOr<NpyArray> array =
      ParseNpy(File(Dictionary("<f8", "(2,)"),
                    Data<double>({std::numeric_limits<double>::infinity(), std::nan("")})));
  ASSERT_THAT(array, IsOk());
  EXPECT_TRUE(std::isinf(array->values(0, 0)));
  EXPECT_TRUE(std::isnan(array->values(1, 0)));
}

TEST(NpyTest, ReadsAnArrayWithoutRows) {
  const absl::StatusOr<NpyArray> array = ParseNpy(File(Dictionary("<f4", "(0, 784)"), ""));
  ASSERT_THAT(array, IsOk());
  EXPECT_EQ(array->values.rows(), 0);
  EXPECT_EQ(array->values.cols(), 784);
}

TEST(NpyTest, FortranOrderMattersOnlyWithSeveralAxes) {
  EXPECT_THAT(ParseNpy(File(Dictionary("<f4", "(1, 2)", "True"), Data<float>({1, 2}))),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("ascontiguousarray")));
  EXPECT_THAT(ParseNpy(File(Dictionary("<f4", "(2,)", "True"), Data<float>({1, 2}))), IsOk());
}

TEST(NpyTest, RefusesEveryTruncationAndBytesLeftOver) {
  const Matrix matrix = RandomMatrix(2, 3, 2);
  const std::string bytes = SerializeNpy(matrix);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_THAT(ParseNpy(bytes.substr(0, size)), StatusIs(absl::StatusCode::kInvalidArgument))
        << size;
  }
  EXPECT_THAT(ParseNpy(bytes + "x"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("24 bytes; the file has 25")));
}

TEST(NpyTest, RefusesHeadersThatAreWrong) {
  struct Case {
    std::string file;
    absl::string_view message;
  };
  const std::string data = Data<float>({1, 2});
  const std::string good = "'descr': '<f4', 'fortran_order': False, 'shape': (2,)";
  const std::vector<Case> cases = {
      {"PK\x03\x04 not npy", "not an npy file"},
      {File(Dictionary("<f4", "(2,)"), data, 4), "version 4.0 is unknown"},
      {File(Dictionary(">f4", "(2,)"), data), "'>f4' are not supported"},
      {File(Dictionary("|O", "(2,)"), data), "'|O' are not supported"},
      {File(Dictionary("<c8", "(1,)"), data), ".astype('<f4')"},
      {File("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (2,)}", data),
       "structured types"},
      {File(Dictionary("<f4", "()"), data.substr(4)), "0 axes"},
      {File(Dictionary("<f4", "(1, 1, 1, 1, 2)"), data), "5 axes"},
      {File(Dictionary("<f4", "(-2,)"), data), "negative"},
      {File(Dictionary("<f4", "(2.0,)"), data), "expected ')'"},
      {File(Dictionary("<f4", "(99999999999999999999,)"), data), "too large"},
      {File(Dictionary("<f4", "(4611686018427387904, 4)"), data), "overflows"},
      {File(Dictionary("<f4", "(0, 4611686018427387904)"), ""), "overflows"},
      {File(Dictionary("<f4", "(3, 0)"), ""), "empty axis"},
      {File(Dictionary("<f4", "(3,)"), data), "12 bytes; the file has 8"},
      {File(absl::StrCat("{", good, ", 'shape': (2,)}"), data),
       "'shape' is unknown or comes twice"},
      {File(absl::StrCat("{", good, ", 'x': 1}"), data), "'x' is unknown"},
      {File("{'descr': '<f4', 'shape': (2,)}", data), "are needed"},
      {File(absl::StrCat("{", good), data), "expected '}'"},
      {File(absl::StrCat("{", good, "} {}"), data), "after the dictionary"},
      {File("{'descr': '<f4", data), "does not end"},
      {File("{'descr': '<f\\x34', 'fortran_order': False, 'shape': (2,)}", data), "backslash"},
      {File("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", data), "neither True nor False"},
      {File("__import__('os')", data), "expected '{'"},
      {std::string("\x93NUMPY\x02\x00\xff\xff\xff\xff{}", 14), "4294967295 bytes long"},
      {File(Dictionary("<f4", absl::StrCat("(", std::string(20'000, '1'), ",)")), data),
       "too large"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(ParseNpy(c.file),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)))
        << c.file.substr(0, 80);
  }
}

TEST(NpyTest, FlippedBitsNeverDoMoreThanFail) {
  const Matrix matrix = RandomMatrix(2, 3, 3);
  const std::string bytes = SerializeNpy(matrix);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string flipped = bytes;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<NpyArray> array = ParseNpy(flipped);
    if (array.ok()) {
      EXPECT_LE(array->values.size(), 24) << bit;
    }
  }
}

TEST(NpyTest, WritesHalvesAsNumPyDoes) {
  Matrix matrix(1, 3);
  matrix << 0.5f, 1.0f + 1.0f / 4096, 1e6f;
  const absl::StatusOr<NpyArray> array = ParseNpy(SerializeNpy(matrix, {1, 3}, NpyType::kFloat16));
  ASSERT_THAT(array, IsOk());
  EXPECT_EQ(array->dtype, "<f2");
  EXPECT_EQ(array->values(0, 0), 0.5f);
  EXPECT_EQ(array->values(0, 1), 1.0f);
  EXPECT_TRUE(std::isinf(array->values(0, 2)));
}

TEST(NpyTest, WritesPixelsAsBytesThatMeanTheSame) {
  Matrix matrix(1, 256);
  for (Index b = 0; b < 256; ++b) matrix(0, b) = static_cast<float>(b) / 255.0f;
  const std::string bytes = SerializeNpy(matrix, {256}, NpyType::kUint8);
  const absl::StatusOr<NpyView> view = ParseNpyView(bytes);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->dtype, "|u1");
  for (Index b = 0; b < 256; ++b) EXPECT_EQ(static_cast<unsigned char>(view->data[b]), b);
}

TEST(NpyTest, ClampsWhatIsNoPixel) {
  Matrix matrix(1, 4);
  matrix << -1, 2, std::numeric_limits<float>::quiet_NaN(), 0.1f / 255;
  EXPECT_EQ(ParseNpyView(SerializeNpy(matrix, {4}, NpyType::kUint8))->data,
            std::string("\0\xff\0\0", 4));
}

TEST(NpyTest, AViewPointsIntoTheFile) {
  const std::string bytes = SerializeNpy(Matrix(Matrix::Constant(2, 3, 7)));
  const absl::StatusOr<NpyView> view = ParseNpyView(bytes);
  ASSERT_THAT(view, IsOk());
  EXPECT_EQ(view->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(view->data.data() + view->data.size(), bytes.data() + bytes.size());
  EXPECT_THAT(ParseNpyView(bytes.substr(0, bytes.size() - 1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace cae
