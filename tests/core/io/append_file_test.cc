#include "core/io/append_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "core/io/file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr std::int64_t kLimit = 1 << 20;

TEST(AppendFileTest, WhatWasAppendedIsThereAtOnce) {
  const TemporaryFolder folder;
  const std::string path = folder.File("record");
  auto file = AppendFile::Create(path);
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT(file->Append("one "), IsOk());
  EXPECT_THAT(ReadFile(path, kLimit), IsOkAndHolds("one "));
  AppendFile moved = std::move(*file);
  ASSERT_THAT(moved.Append("two"), IsOk());
  ASSERT_THAT(moved.Close(), IsOk());
  EXPECT_THAT(ReadFile(path, kLimit), IsOkAndHolds("one two"));
}

TEST(AppendFileTest, EmptiesTheFileThatIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder.File("record");
  ASSERT_THAT(WriteFileAtomically(path, "old and long"), IsOk());
  auto file = AppendFile::Create(path);
  ASSERT_THAT(file, IsOk());
  ASSERT_THAT(file->Append("new"), IsOk());
  EXPECT_THAT(ReadFile(path, kLimit), IsOkAndHolds("new"));
}

TEST(AppendFileTest, NamesThePathItCannotMake) {
  const TemporaryFolder folder;
  EXPECT_THAT(AppendFile::Create(folder.File("no/such/folder")),
              StatusIs(absl::StatusCode::kNotFound, ::testing::HasSubstr("no/such/folder")));
}

TEST(AppendFileTest, SaysWhenTheDeviceIsFull) {
  auto file = AppendFile::Create("/dev/full");
  ASSERT_THAT(file, IsOk());
  EXPECT_THAT(file->Append("x"), StatusIs(absl::StatusCode::kResourceExhausted));
}

}  // namespace
}  // namespace cae
