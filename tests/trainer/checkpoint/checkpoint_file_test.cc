#include "trainer/checkpoint/checkpoint_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "core/io/safetensors_writer.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::AllOf;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

// Something with every kind of state.
struct Traveller {
  Matrix weights = Matrix::Zero(3, 5);
  Vector bias = Vector::Zero(4);
  std::int64_t steps = 0;
  double score = 0, best = 0;
  std::map<std::string, std::string> notes;

  void Exchange(StateArchive& archive) {
    archive.Floats("weights", weights);
    archive.Floats("bias", bias);
    archive.Integer("steps", steps);
    archive.Real("score", score);
    archive.Real("best", best);
    archive.Texts("notes", notes);
  }
};

Traveller Example() {
  Traveller traveller;
  traveller.weights = testing::RandomMatrix(3, 5, 1);
  traveller.weights(1, 1) = 1e-42f;  // a denormal
  traveller.bias = testing::RandomVector(4, 2);
  traveller.steps = -9'007'199'254'740'993;
  traveller.score = 0.1 + 0.2;
  traveller.best = std::numeric_limits<double>::infinity();
  traveller.notes = {{"layer", "1"}, {"\"quoted\"", "b\nc"}};
  return traveller;
}

const RunIdentity& Identity() {
  static const auto& identity = *new RunIdentity{
      {"seed", "5"},
      {"recipe",
       R"({"layers":[{"epochs":3,"units":20}],"name":"a name that makes it long enough"})"},
      {"model", ""}};
  return identity;
}

std::string ExampleBytes() {
  Traveller traveller = Example();
  CheckpointWriter writer;
  traveller.Exchange(writer);
  return *writer.Serialize(Identity());
}

TEST(CheckpointFileTest, WhatGoesInComesOutBitForBit) {
  auto reader = CheckpointReader::Parse(ExampleBytes());
  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT((*reader)->CheckIdentity(Identity()), IsOk());
  Traveller back;
  back.Exchange(**reader);
  ASSERT_THAT((*reader)->status(), IsOk());
  const Traveller expected = Example();
  EXPECT_THAT(back.weights, HasBitsOf(expected.weights));
  EXPECT_THAT(back.bias, HasBitsOf(expected.bias));
  EXPECT_EQ(back.steps, expected.steps);
  EXPECT_EQ(back.score, expected.score);
  EXPECT_EQ(back.best, expected.best);
  EXPECT_EQ(back.notes, expected.notes);
}

TEST(CheckpointFileTest, EveryFlippedBitAndEveryTruncationIsRefused) {
  const std::string bytes = ExampleBytes();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    EXPECT_THAT(CheckpointReader::Parse(damaged), Not(IsOk())) << "byte " << i;
    EXPECT_THAT(CheckpointReader::Parse(bytes.substr(0, i)), Not(IsOk())) << "length " << i;
  }
  EXPECT_THAT(CheckpointReader::Parse(bytes + '\0'), StatusIs(absl::StatusCode::kDataLoss));
}

TEST(CheckpointFileTest, AnotherKindOfFileIsNamedAsSuch) {
  SafetensorsWriter writer;
  ASSERT_THAT(writer.AddVector("weights", Vector::Ones(3), StorageType::kFloat32), IsOk());
  EXPECT_THAT(CheckpointReader::Parse(*writer.Serialize()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("cae-train checkpoint 1")));
  EXPECT_THAT(CheckpointReader::Parse("no checkpoint at all"),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));
}

TEST(CheckpointFileTest, AnotherRunIsRefusedByAllThatDiffers) {
  auto reader = CheckpointReader::Parse(ExampleBytes());
  ASSERT_THAT(reader, IsOk());
  RunIdentity other = Identity();
  other[0].second = "6";
  other[1].second =
      R"({"layers":[{"epochs":4,"units":20}],"name":"a name that makes it long enough"})";
  other.emplace_back("data", "digest");
  EXPECT_THAT(
      (*reader)->CheckIdentity(other),
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("seed (there 5, here 6)"), HasSubstr("recipe (/layers/0/epochs)"),
                     HasSubstr("data (there none, here digest)"), Not(HasSubstr("model")))));
}

TEST(CheckpointFileTest, WhatThisRunLacksDiffersToo) {
  auto reader = CheckpointReader::Parse(ExampleBytes());
  ASSERT_THAT(reader, IsOk());
  RunIdentity less = Identity();
  less.erase(less.begin());
  EXPECT_THAT((*reader)->CheckIdentity(less), StatusIs(absl::StatusCode::kFailedPrecondition,
                                                       HasSubstr("seed (there 5, here none)")));
}

TEST(CheckpointFileTest, WhatMayDifferIsToldAndNothingElseMay) {
  auto reader = CheckpointReader::Parse(ExampleBytes());
  ASSERT_THAT(reader, IsOk());
  EXPECT_EQ(*(*reader)->CheckIdentity(Identity(), {"seed"}), "");
  RunIdentity other = Identity();
  other[0].second = "6";
  const absl::StatusOr<std::string> changes = (*reader)->CheckIdentity(other, {"seed"});
  ASSERT_THAT(changes, IsOk());
  EXPECT_EQ(*changes, "seed (there 5, here 6)");
  other.emplace_back("data", "digest");
  EXPECT_THAT((*reader)->CheckIdentity(other, {"seed"}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("seed (there 5"), HasSubstr("data (there none"))));
}

TEST(CheckpointFileTest, StateOfAnotherShapeIsAnErrorAndChangesNothing) {
  auto reader = CheckpointReader::Parse(ExampleBytes());
  ASSERT_THAT(reader, IsOk());
  Traveller other;
  other.weights = Matrix::Constant(2, 5, 7);
  other.Exchange(**reader);
  EXPECT_THAT((*reader)->status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                            HasSubstr("\"weights\" has 15 numbers")));
  EXPECT_EQ(other.weights, Matrix::Constant(2, 5, 7));
  EXPECT_EQ(other.steps, 0);
}

TEST(CheckpointFileTest, NumbersThatAreNotFiniteAreNotSaved) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    Traveller traveller = Example();
    traveller.bias[2] = bad;
    CheckpointWriter writer;
    traveller.Exchange(writer);
    EXPECT_THAT(writer.Serialize(Identity()),
                StatusIs(absl::StatusCode::kOutOfRange, HasSubstr("bias")));
  }
}

}  // namespace
}  // namespace cae
