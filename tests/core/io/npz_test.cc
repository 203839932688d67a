#include "core/io/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "core/base/check.h"
#include "core/io/file.h"
#include "core/io/npy.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;

constexpr std::int64_t kLimit = 1 << 20;
constexpr char kFolder[] = "tests/core/io/testdata/";

std::string Golden(const std::string& name) {
  const auto bytes = ReadFile(kFolder + name, kLimit);
  CAE_CHECK(bytes.ok(), bytes.status().ToString());
  return *bytes;
}

std::string Small() {
  const auto bytes = SerializeNpz(std::vector<NpzArray>{{"a", "first"}, {"b", "second"}});
  CAE_CHECK(bytes.ok(), bytes.status().ToString());
  return *bytes;
}

/// Replaces a number of the central directory of an archive with one member, whose fields lie at
/// fixed places behind "PK\1\2".
std::string WithDirectoryField(std::string bytes, std::size_t offset, std::uint32_t value) {
  const std::size_t entry = bytes.rfind("PK\x01\x02");
  for (std::size_t i = 0; i < 4; ++i) {
    bytes[entry + offset + i] = static_cast<char>(value >> (8 * i));
  }
  return bytes;
}

class GoldenNpzTest : public ::testing::TestWithParam<const char*> {};

TEST_P(GoldenNpzTest, ReadsWhatNumPyWrites) {
  const std::string bytes = Golden(GetParam());
  EXPECT_TRUE(IsNpz(bytes));
  const auto file = NpzFile::Open(bytes);
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->names(), ElementsAre("rows", "pixels"));
  const auto npy = file->Read("rows", kLimit);
  ASSERT_THAT(npy, IsOk());
  const auto rows = ParseNpy(*npy);
  ASSERT_THAT(rows, IsOk());
  EXPECT_THAT(rows->shape, ElementsAre(2, 3));
  EXPECT_EQ(rows->values(1, 2), 5);
  EXPECT_EQ(ParseNpy(file->Read("pixels", kLimit).value())->dtype, "|u1");
}

TEST_P(GoldenNpzTest, RefusesEveryTruncationAndNeverCrashesOnAFlippedByte) {
  const std::string bytes = Golden(GetParam());
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_THAT(NpzFile::Open(absl::string_view(bytes).substr(0, length)),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << length;
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xff);
    const auto file = NpzFile::Open(damaged);
    if (!file.ok()) continue;
    for (const std::string& name : file->names()) {
      const auto npy = file->Read(name, kLimit);
      // Damage in the data does not pass unseen: the checksum covers it.
      if (npy.ok() && (name == "rows" || name == "pixels")) {
        EXPECT_EQ(*npy, NpzFile::Open(bytes)->Read(name, kLimit).value()) << "byte " << i;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenNpzTest,
                         ::testing::Values("numpy_savez.npz", "numpy_savez_compressed.npz"),
                         [](const auto& info) {
                           return std::string(info.param).find("compressed") == std::string::npos
                                      ? "Stored"
                                      : "Compressed";
                         });

TEST(NpzTest, WritesWhatItReads) {
  const std::string bytes = Small();
  const auto file = NpzFile::Open(bytes);
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->names(), ElementsAre("a", "b"));
  EXPECT_THAT(file->Read("a", kLimit), IsOkAndHolds("first"));
  EXPECT_THAT(file->Read("b", kLimit), IsOkAndHolds("second"));
}

TEST(NpzTest, TheSameArraysGiveTheSameBytes) { EXPECT_EQ(Small(), Small()); }

TEST(NpzTest, NamesTheArraysThereAre) {
  const std::string bytes = Small();
  EXPECT_THAT(NpzFile::Open(bytes)->Read("c", kLimit),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no array 'c'; it has 'a', 'b'")));
}

TEST(NpzTest, LooksAtNpyMembersOnly) {
  // "a.npy" becomes "a.txt", in the local header and in the directory.
  std::string bytes = Small();
  for (std::size_t at = bytes.find("a.npy"); at != std::string::npos; at = bytes.find("a.npy")) {
    bytes.replace(at, 5, "a.txt");
  }
  EXPECT_THAT(NpzFile::Open(bytes)->names(), ElementsAre("b"));
}

TEST(NpzTest, RefusesANameTwice) {
  EXPECT_THAT(SerializeNpz(std::vector<NpzArray>{{"a", "x"}, {"a", "y"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'a'")));
  EXPECT_THAT(SerializeNpz(std::vector<NpzArray>{{"", "x"}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  std::string bytes = Small();
  for (std::size_t at = bytes.find("b.npy"); at != std::string::npos; at = bytes.find("b.npy")) {
    bytes.replace(at, 5, "a.npy");
  }
  EXPECT_THAT(NpzFile::Open(bytes),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'a.npy' twice")));
}

TEST(NpzTest, KeepsToTheLimit) {
  const std::string bytes = Small();
  EXPECT_THAT(NpzFile::Open(bytes)->Read("a", 5), IsOkAndHolds("first"));
  EXPECT_THAT(NpzFile::Open(bytes)->Read("a", 4),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("5 bytes, the limit is 4")));
}

TEST(NpzTest, RefusesABombBeforeItTakesMemory) {
  constexpr std::size_t kPackedSize = 20;
  constexpr std::size_t kUnpackedSize = 24;
  const std::string one = SerializeNpz(std::vector<NpzArray>{{"a", "first"}}).value();
  const std::string large = WithDirectoryField(one, kUnpackedSize, 0xfffffff0);
  EXPECT_THAT(NpzFile::Open(large)->Read("a", std::int64_t{1} << 40),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("said to unpack 5 bytes to 4294967280")));
  const std::string both = WithDirectoryField(large, kPackedSize, 0xfffffff0);
  EXPECT_FALSE(NpzFile::Open(both).ok() &&
               NpzFile::Open(both)->Read("a", std::int64_t{1} << 40).ok());
}

TEST(NpzTest, ComparesTheChecksum) {
  std::string bytes = Small();
  bytes[bytes.find("first")] = 'F';
  EXPECT_THAT(NpzFile::Open(bytes)->Read("a", kLimit),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("'a' of the npz file is "
                                                                     "damaged")));
}

TEST(NpzTest, RefusesBytesThatAreNoArchive) {
  EXPECT_FALSE(IsNpz("\x93NUMPY"));
  EXPECT_THAT(NpzFile::Open("no zip"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not an npz file")));
}

}  // namespace
}  // namespace cae
