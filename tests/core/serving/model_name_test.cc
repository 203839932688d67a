#include "core/serving/model_name.h"

#include <gtest/gtest.h>

#include <string>

namespace cae {
namespace {

TEST(ModelNameTest, TakesLettersDigitsDotsUnderscoresAndDashes) {
  for (const char* name : {"m", "7", "mnist-cae1", "A.b_c-9", "x..y"}) {
    EXPECT_TRUE(IsModelName(name)) << name;
  }
}

TEST(ModelNameTest, RefusesPathsAndWhatCouldBecomeOne) {
  for (const char* name : {"", ".", "..", "../x", "a/b", "/etc", "a\\b", "-x", "_x", ".x", "a b",
                           "a\n", "m\xc3\xbc", "a%2fb", "a:b"}) {
    EXPECT_FALSE(IsModelName(name)) << name;
  }
  EXPECT_FALSE(IsModelName(absl::string_view("a\0b", 3)));
}

TEST(ModelNameTest, TakesUpTo128Characters) {
  EXPECT_TRUE(IsModelName(std::string(128, 'a')));
  EXPECT_FALSE(IsModelName(std::string(129, 'a')));
}

}  // namespace
}  // namespace cae
