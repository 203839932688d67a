// What a safetensors file may do wrong, and what the reader says about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/io/safetensors.h"
#include "tests/core/io/safetensors_bytes.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::SafetensorsBytes;
using ::cae::testing::StatusIs;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kLost = absl::StatusCode::kDataLoss;

struct Case {
  std::string header;
  std::size_t data_bytes;
  absl::StatusCode code;
  absl::string_view message;
};

/// A header with the one tensor "t".
std::string Tensor(absl::string_view dtype, absl::string_view shape, absl::string_view offsets) {
  return absl::StrCat(R"({"t":{"dtype":)", dtype, R"(,"shape":)", shape, R"(,"data_offsets":)",
                      offsets, "}}");
}

/// A header with the tensors "a" and "b" of 8 bytes each, at these offsets.
std::string TwoTensors(absl::string_view a, absl::string_view b) {
  return absl::StrCat(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":)", a,
                      R"(},"b":{"dtype":"F32","shape":[2],"data_offsets":)", b, "}}");
}

void ExpectAll(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_THAT(SafetensorsView::Parse(SafetensorsBytes(c.header, std::string(c.data_bytes, '\0')))
                    .status(),
                StatusIs(c.code, HasSubstr(c.message)))
        << c.header.substr(0, 200);
  }
}

TEST(SafetensorsCorruptionTest, TheSoundFilesOfThisTestAreSound) {
  EXPECT_THAT(
      SafetensorsView::Parse(SafetensorsBytes(Tensor("\"F32\"", "[2]", "[0,8]"), "12345678")),
      IsOk());
  EXPECT_THAT(
      SafetensorsView::Parse(SafetensorsBytes(TwoTensors("[8,16]", "[0,8]"), std::string(16, 'x'))),
      IsOk());
}

TEST(SafetensorsCorruptionTest, Offsets) {
  ExpectAll({
      {TwoTensors("[0,8]", "[4,12]"), 12, kInvalid, "'b' begins at byte 4, inside another tensor"},
      {TwoTensors("[0,8]", "[0,8]"), 8, kInvalid, "inside another tensor; byte 8 was expected"},
      {TwoTensors("[0,8]", "[12,20]"), 20, kInvalid, "'b' begins at byte 12, after a hole"},
      {TwoTensors("[4,12]", "[12,20]"), 20, kInvalid, "'a' begins at byte 4, after a hole"},
      {TwoTensors("[0,8]", "[8,16]"), 17, kInvalid, "end at byte 16 of the data, which has 17"},
      {TwoTensors("[0,8]", "[8,16]"), 15, kLost, "'b' ends at byte 16 of the data, which has 15"},
      {Tensor("\"F32\"", "[2]", "[8,0]"), 8, kInvalid, "'t' has the data_offsets [8, 0]"},
      {Tensor("\"F32\"", "[2]", "[-8,0]"), 8, kInvalid, "whole numbers of at least 0"},
      {Tensor("\"F32\"", "[2]", "[0,7]"), 8, kInvalid, "has 7 bytes of data, F32 [2] takes 8"},
      {Tensor("\"F32\"", "[2]", "[0,8,8]"), 8, kInvalid, "not a begin and an end"},
      {Tensor("\"F32\"", "[2]", "[0]"), 8, kInvalid, "not a begin and an end"},
      {Tensor("\"F32\"", "[2]", "8"), 8, kInvalid, "no array as its data_offsets"},
      {Tensor("\"F32\"", "[2]", "[9223372036854775799,9223372036854775807]"), 8, kLost,
       "ends at byte 9223372036854775807"},
      {Tensor("\"F32\"", "[2]", "[18446744073709551608,18446744073709551616]"), 8, kInvalid,
       "data_offsets"},
      {"{}", 1, kInvalid, "bytes are left over"},
  });
}

TEST(SafetensorsCorruptionTest, Shapes) {
  ExpectAll({
      {Tensor("\"F32\"", "[-2]", "[0,8]"), 8, kInvalid, "has '-2' in its shape"},
      {Tensor("\"F32\"", "[2.0]", "[0,8]"), 8, kInvalid, "has '2.0' in its shape"},
      {Tensor("\"F32\"", "[\"2\"]", "[0,8]"), 8, kInvalid, "in its shape"},
      {Tensor("\"F32\"", "[null]", "[0,8]"), 8, kInvalid, "has 'null' in its shape"},
      {Tensor("\"F32\"", "2", "[0,8]"), 8, kInvalid, "no array as its shape"},
      {Tensor("\"F32\"", "[0]", "[0,0]"), 0, kInvalid, "'t' is empty"},
      {Tensor("\"F32\"", "[4611686018427387904,4]", "[0,0]"), 0, kInvalid, "overflows"},
      {Tensor("\"U8\"", "[4294967296,4294967296]", "[0,0]"), 0, kInvalid, "overflows"},
      {Tensor("\"F32\"", "[18446744073709551615]", "[0,8]"), 8, kInvalid, "in its shape"},
      {Tensor("\"F32\"", "[36893488147419103234]", "[0,8]"), 8, kInvalid, "in its shape"},
      {Tensor("\"F32\"", "[3]", "[0,8]"), 8, kInvalid, "F32 [3] takes 12"},
      {Tensor("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8, kInvalid, "has 9 axes, at most 8"},
  });
}

TEST(SafetensorsCorruptionTest, TypesAndFields) {
  ExpectAll({
      {Tensor("\"F128\"", "[2]", "[0,8]"), 8, kInvalid, "'t' has the unknown dtype 'F128'"},
      {Tensor("\"f32\"", "[2]", "[0,8]"), 8, kInvalid, "unknown dtype 'f32'"},
      {Tensor("7", "[2]", "[0,8]"), 8, kInvalid, "dtype that is not a string"},
      {R"({"t":{"dtype":"F32","shape":[2]}})", 8, kInvalid, "'t' needs the fields"},
      {R"({"t":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1}})", 8, kInvalid, "no other"},
      {R"({"t":{"dtype":"F32","shape":[2],"offsets":[0,8]}})", 8, kInvalid, "'t' needs the fields"},
      {R"({"t":[0,8]})", 8, kInvalid, "'t' needs the fields"},
      {R"({"t":null})", 0, kInvalid, "'t' needs the fields"},
      {R"({"__metadata__":{"k":1}})", 0, kInvalid, "not a string: 'k'"},
      {R"({"__metadata__":{"k":{}}})", 0, kInvalid, "not a string: 'k'"},
      {R"({"__metadata__":[]})", 0, kInvalid, "'__metadata__' is not an object"},
      {R"({"bad\nname":null})", 0, kInvalid, R"('bad\nname')"},
  });
}

TEST(SafetensorsCorruptionTest, Json) {
  const std::string tensor = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  ExpectAll({
      {"", 0, kInvalid, "does not begin with '{'"},
      {" {}", 0, kInvalid, "does not begin with '{'"},
      {"[]", 0, kInvalid, "does not begin with '{'"},
      {"\xef\xbb\xbf{}", 0, kInvalid, "does not begin with '{'"},
      {"{", 0, kInvalid, "not JSON"},
      {"{}}", 0, kInvalid, "not JSON"},
      {std::string("{}\0", 3), 0, kInvalid, "not JSON"},
      {absl::StrCat(R"({"t":)", tensor, R"(,"t":)", tensor, "}"), 8, kInvalid, "'t' comes twice"},
      {R"({"t":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, kInvalid,
       "'dtype' comes twice"},
      {R"({"__metadata__":{"k":"a","k":"b"}})", 0, kInvalid, "'k' comes twice"},
      {"{\"\xff\":" + tensor + "}", 8, kInvalid, "not JSON"},
      {Tensor("\"F32\"", "[[2]]", "[0,8]"), 8, kInvalid, "deeper than 3 levels"},
      {absl::StrCat("{\"t\":", std::string(500'000, '[')), 0, kInvalid, "deeper than 3 levels"},
      {absl::StrCat("{\"", std::string(500'000, 'n'), "\":1}"), 0, kInvalid, "nnn...'"},
  });
}

TEST(SafetensorsCorruptionTest, HeaderLengthsThatLie) {
  const std::string sound = SafetensorsBytes(Tensor("\"F32\"", "[2]", "[0,8]"), "12345678");
  const auto with_length = [&sound](std::uint64_t length) {
    std::string bytes = sound;
    std::memcpy(bytes.data(), &length, sizeof(length));
    return bytes;
  };
  EXPECT_THAT(SafetensorsView::Parse(with_length(sound.size())),
              StatusIs(kLost, HasSubstr("truncated or not a safetensors file")));
  EXPECT_THAT(SafetensorsView::Parse(with_length(kMaxSafetensorsHeaderBytes)), StatusIs(kLost));
  EXPECT_THAT(SafetensorsView::Parse(with_length(kMaxSafetensorsHeaderBytes + 1)),
              StatusIs(kInvalid, HasSubstr("at most 1048576 are allowed")));
  EXPECT_THAT(SafetensorsView::Parse(with_length(~std::uint64_t{0})),
              StatusIs(kInvalid, HasSubstr("18446744073709551615")));
  EXPECT_THAT(SafetensorsView::Parse(with_length(0)), StatusIs(kInvalid));
  EXPECT_THAT(SafetensorsView::Parse(with_length(2)), StatusIs(kInvalid, HasSubstr("not JSON")));
}

TEST(SafetensorsCorruptionTest, EveryTruncationIsAnError) {
  const std::string sound = SafetensorsBytes(TwoTensors("[0,8]", "[8,16]"), std::string(16, 'x'));
  for (std::size_t size = 0; size < sound.size(); ++size) {
    EXPECT_THAT(SafetensorsView::Parse(absl::string_view(sound).substr(0, size)),
                StatusIs(kLost, Not(HasSubstr("''"))))
        << size;
  }
}

TEST(SafetensorsCorruptionTest, FlippedBitsNeverReachBeyondTheFile) {
  const std::string sound = SafetensorsBytes(TwoTensors("[0,8]", "[8,16]"), std::string(16, 'x'));
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string flipped = sound;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(flipped);
    if (!view.ok()) {
      EXPECT_THAT(view, AnyOf(StatusIs(kInvalid, Not(HasSubstr("\n"))), StatusIs(kLost))) << bit;
      continue;
    }
    for (const auto& [name, entry] : view->tensors()) {
      EXPECT_EQ(entry.data.size(), 8U) << bit;
      EXPECT_GE(entry.data.data(), flipped.data()) << bit;
      EXPECT_LE(entry.data.data() + 8, flipped.data() + flipped.size()) << bit;
    }
  }
}

}  // namespace
}  // namespace cae
