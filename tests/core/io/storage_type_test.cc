#include "core/io/storage_type.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;

std::vector<float> Rounded(std::vector<float> values, StorageType type) {
  EXPECT_THAT(RoundToStorage(absl::MakeSpan(values), type), IsOk());
  return values;
}

TEST(StorageTypeTest, NamesReadBack) {
  for (const StorageType type :
       {StorageType::kFloat32, StorageType::kFloat16, StorageType::kBFloat16}) {
    EXPECT_EQ(ParseStorageType(StorageTypeName(type)), type);
  }
  EXPECT_EQ(ParseStorageType("F64"), std::nullopt);
  EXPECT_EQ(ParseStorageType("f16"), std::nullopt);
}

TEST(RoundToStorageTest, Float32StaysAsItIs) {
  const std::vector<float> values = {0.1f, -3.4e38f, 1e-40f};
  EXPECT_EQ(Rounded(values, StorageType::kFloat32), values);
}

TEST(RoundToStorageTest, RoundsToNearestTiesToEven) {
  // F16 has 11 bits: next to 1 the step is 2⁻¹⁰. BF16 has 8: the step is 2⁻⁷.
  EXPECT_EQ(Rounded({1 + 0x1p-11f, 1 + 3 * 0x1p-11f, -0.0f}, StorageType::kFloat16),
            (std::vector<float>{1, 1 + 0x1p-9f, -0.0f}));
  EXPECT_EQ(Rounded({1 + 0x1p-8f, 1 + 3 * 0x1p-8f}, StorageType::kBFloat16),
            (std::vector<float>{1, 1 + 0x1p-6f}));
}

TEST(RoundToStorageTest, RefusesValuesThatWouldBecomeInfinite) {
  EXPECT_EQ(Rounded({65504, 65519}, StorageType::kFloat16), (std::vector<float>{65504, 65504}));
  std::vector<float> values = {1, -65520};
  EXPECT_THAT(RoundToStorage(absl::MakeSpan(values), StorageType::kFloat16),
              StatusIs(absl::StatusCode::kOutOfRange,
                       AllOf(HasSubstr("element 1"), HasSubstr("-65520"), HasSubstr("F16"))));
  values = {std::numeric_limits<float>::max()};
  EXPECT_THAT(RoundToStorage(absl::MakeSpan(values), StorageType::kBFloat16),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(RoundToStorageTest, KeepsWhatIsNotFinite) {
  const float infinity = std::numeric_limits<float>::infinity();
  for (const StorageType type : {StorageType::kFloat16, StorageType::kBFloat16}) {
    const std::vector<float> values = Rounded({infinity, std::nanf("")}, type);
    EXPECT_EQ(values[0], infinity);
    EXPECT_TRUE(std::isnan(values[1]));
  }
}

}  // namespace
}  // namespace cae
