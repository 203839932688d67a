#include "core/io/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/io/safetensors_writer.h"
#include "tests/core/io/safetensors_bytes.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::HasBitsOf;
using ::cae::testing::HeaderLength;
using ::cae::testing::IsOk;
using ::cae::testing::IsOkAndHolds;
using ::cae::testing::RandomMatrix;
using ::cae::testing::RandomVector;
using ::cae::testing::SafetensorsBytes;
using ::cae::testing::StatusIs;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

/// Writes one matrix and reads it back.
Matrix RoundTrip(const Matrix& matrix, StorageType type) {
  SafetensorsWriter writer;
  EXPECT_THAT(writer.AddMatrix("m", matrix, type), IsOk());
  const absl::StatusOr<std::string> bytes = writer.Serialize();
  if (!bytes.ok()) return Matrix();
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(*bytes);
  EXPECT_THAT(view, IsOk());
  if (!view.ok()) return Matrix();
  return view->ReadMatrix("m").value_or(Matrix());
}

TEST(SafetensorsTest, WritesExactlyTheseBytes) {
  Matrix matrix(1, 2);
  matrix << 1, -2;
  Vector vector(1);
  vector << 0.5f;
  SafetensorsWriter writer;
  writer.SetMetadata({{"k", "v"}});
  ASSERT_THAT(writer.AddMatrix("half", matrix, StorageType::kFloat16), IsOk());
  ASSERT_THAT(writer.AddVector("bias", vector, StorageType::kFloat32), IsOk());
  ASSERT_THAT(writer.AddMatrix("brain", matrix, StorageType::kBFloat16), IsOk());
  // F32 first, so that every tensor is aligned to its elements; then in the order of the calls.
  const std::string header =
      R"({"__metadata__":{"k":"v"},"bias":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
      R"("half":{"dtype":"F16","shape":[1,2],"data_offsets":[4,8]},)"
      R"("brain":{"dtype":"BF16","shape":[1,2],"data_offsets":[8,12]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  const std::string data(
      "\x00\x00\x00\x3f"
      "\x00\x3c\x00\xc0"
      "\x80\x3f\x00\xc0",
      12);
  EXPECT_THAT(writer.Serialize(), IsOkAndHolds(SafetensorsBytes(header + padding, data)));
}

TEST(SafetensorsTest, Float32ComesBackBitForBit) {
  Matrix matrix = RandomMatrix(17, 5, 1);
  matrix(0, 0) = -0.0f;
  matrix(0, 1) = std::numeric_limits<float>::denorm_min();
  matrix(0, 2) = std::numeric_limits<float>::max();
  EXPECT_THAT(RoundTrip(matrix, StorageType::kFloat32), HasBitsOf(matrix));
}

TEST(SafetensorsTest, HalvesComeBackAsRounded) {
  for (const StorageType type : {StorageType::kFloat16, StorageType::kBFloat16}) {
    const Matrix matrix = RandomMatrix(17, 5, 2);
    Matrix rounded = matrix;
    ASSERT_THAT(RoundToStorage(
                    absl::MakeSpan(rounded.data(), static_cast<std::size_t>(rounded.size())), type),
                IsOk());
    ASSERT_NE(rounded, matrix);
    const Matrix read = RoundTrip(matrix, type);
    EXPECT_THAT(read, HasBitsOf(rounded));
    EXPECT_THAT(RoundTrip(read, type), HasBitsOf(rounded)) << "storing twice changes nothing";
  }
}

TEST(SafetensorsTest, KeepsMetadataAndSeveralTensors) {
  const Matrix matrix = RandomMatrix(3, 4, 3);
  const Vector vector = RandomVector(5, 4);
  SafetensorsWriter writer;
  writer.SetMetadata({{"a", "\"quoted\" \n ✓"}, {"b", ""}});
  ASSERT_THAT(writer.AddMatrix("m", matrix, StorageType::kFloat32), IsOk());
  ASSERT_THAT(writer.AddVector("v", vector, StorageType::kFloat32), IsOk());
  const absl::StatusOr<std::string> bytes = writer.Serialize();
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(HeaderLength(*bytes) % 8, 0U);
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(*bytes);
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(view->metadata(), ElementsAre(Pair("a", "\"quoted\" \n ✓"), Pair("b", "")));
  EXPECT_THAT(view->tensors(), SizeIs(2));
  EXPECT_THAT(view->ReadMatrix("m"), IsOkAndHolds(HasBitsOf(matrix)));
  EXPECT_THAT(view->ReadVector("v"), IsOkAndHolds(HasBitsOf(vector)));
}

TEST(SafetensorsTest, AFileWithoutTensorsIsSound) {
  EXPECT_THAT(SafetensorsView::Parse(SafetensorsBytes("{}", "")), IsOk());
  EXPECT_THAT(SafetensorsView::Parse(SafetensorsBytes("{}      ", "")), IsOk());
}

TEST(SafetensorsTest, ReadsTensorsInAnyOrderAndAlignment) {
  const std::string bytes =
      SafetensorsBytes(R"({"v":{"data_offsets":[1,5],"shape":[1],"dtype":"F32"},)"
                       R"("u":{"dtype":"U8","shape":[],"data_offsets":[0,1]}})",
                       absl::string_view("\x07\x00\x00\x80\x3f", 5));
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(bytes);
  ASSERT_THAT(view, IsOk());
  const absl::StatusOr<Vector> vector = view->ReadVector("v");
  ASSERT_THAT(vector, IsOk());
  EXPECT_EQ((*vector)[0], 1.0f);
  EXPECT_EQ(view->tensors().at("u").data, "\x07");
}

TEST(SafetensorsTest, SaysWhyATensorCannotBeReadAsFloats) {
  const std::string bytes =
      SafetensorsBytes(R"({"i":{"dtype":"I64","shape":[1,1],"data_offsets":[0,8]},)"
                       R"("v":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                       std::string(16, '\0'));
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(bytes);
  ASSERT_THAT(view, IsOk());
  EXPECT_THAT(view->ReadMatrix("i"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(HasSubstr("'i'"), HasSubstr("I64"), HasSubstr("F32, F16 or BF16"))));
  EXPECT_THAT(view->ReadMatrix("v"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("[2], 2 axes are needed")));
  EXPECT_THAT(view->ReadVector("x"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("'x' is missing")));
}

TEST(SafetensorsWriterTest, RefusesValuesThatOverflowTheType) {
  SafetensorsWriter writer;
  const Matrix matrix = Matrix::Constant(2, 2, 70'000);
  EXPECT_THAT(writer.AddMatrix("m", matrix, StorageType::kFloat16),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("'m'"), HasSubstr("70000"), HasSubstr("F16"))));
  EXPECT_THAT(writer.AddMatrix("m", matrix, StorageType::kBFloat16), IsOk())
      << "what was refused is not in the file";
}

TEST(SafetensorsWriterTest, RefusesNamesThatAreTakenAndEmptyTensors) {
  SafetensorsWriter writer;
  const Vector vector = Vector::Ones(1);
  ASSERT_THAT(writer.AddVector("v", vector, StorageType::kFloat32), IsOk());
  EXPECT_THAT(writer.AddVector("v", vector, StorageType::kFloat32),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'v' is taken")));
  EXPECT_THAT(writer.AddVector("__metadata__", vector, StorageType::kFloat32),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("reserved")));
  EXPECT_THAT(writer.AddVector("w", Vector(), StorageType::kFloat32),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'w' is empty")));
}

TEST(SafetensorsWriterTest, RefusesTextThatIsNotUtf8) {
  SafetensorsWriter names;
  ASSERT_THAT(names.AddVector("\xff", Vector::Ones(1), StorageType::kFloat32), IsOk());
  EXPECT_THAT(names.Serialize(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UTF-8")));
  SafetensorsWriter values;
  values.SetMetadata({{"k", "\xff"}});
  EXPECT_THAT(values.Serialize(), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("UTF-8")));
}

TEST(SafetensorsWriterTest, RefusesHeadersThatTheReaderWouldRefuse) {
  SafetensorsWriter writer;
  writer.SetMetadata({{"k", std::string(kMaxSafetensorsHeaderBytes, 'x')}});
  EXPECT_THAT(writer.Serialize(),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("header would have")));
}

}  // namespace
}  // namespace cae
