#include "core/io/quoted.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

TEST(QuotedTest, LeavesOrdinaryNamesAsTheyAre) {
  EXPECT_EQ(Quoted("layers.0.weight"), "'layers.0.weight'");
}

TEST(QuotedTest, EscapesWhatCouldForgeALogLine) {
  EXPECT_EQ(Quoted("a\nb\x1b[31m"), R"('a\nb\x1b[31m')");
  EXPECT_EQ(Quoted("\xff"), R"('\xff')");
}

TEST(QuotedTest, CutsLongNames) {
  EXPECT_EQ(Quoted(std::string(80, 'x')), absl::StrCat("'", std::string(80, 'x'), "'"));
  EXPECT_EQ(Quoted(std::string(1 << 20, 'x')), absl::StrCat("'", std::string(80, 'x'), "...'"));
}

}  // namespace
}  // namespace cae
