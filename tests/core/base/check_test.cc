#include "core/base/check.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

TEST(CheckTest, PassesQuietlyAndBuildsNoMessage) {
  int messages = 0;
  const auto message = [&messages] {
    ++messages;
    return "never";
  };
  CAE_CHECK(1 + 1 == 2, message());
  EXPECT_EQ(messages, 0);
}

TEST(CheckTest, IsOneStatement) {
  bool otherwise = false;
  if (false)
    CAE_CHECK(false, "not reached");
  else
    otherwise = true;
  EXPECT_TRUE(otherwise);
}

TEST(CheckDeathTest, AbortsWithPlaceConditionAndMessage) {
  const int rows = -3;
  EXPECT_DEATH(CAE_CHECK(rows > 0, absl::StrCat("rows is ", rows)),
               "check_test.cc:[0-9]+: check failed: rows > 0: rows is -3");
}

}  // namespace
}  // namespace cae
