#include "client/model_reference.h"

#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using testing::IsOk;
using testing::StatusIs;

TEST(ModelReferenceTest, ReadsNameVersionAndLabel) {
  const auto plain = ModelReference::Parse("mnist-cae1");
  ASSERT_THAT(plain, IsOk());
  EXPECT_EQ(plain->name, "mnist-cae1");
  EXPECT_EQ(plain->ToSelector().choice_case(), v1::ModelSelector::CHOICE_NOT_SET);

  const auto version = ModelReference::Parse("mnist-cae1:12");
  ASSERT_THAT(version, IsOk());
  EXPECT_EQ(version->ToSelector().name(), "mnist-cae1");
  EXPECT_EQ(version->ToSelector().version(), 12);

  const auto label = ModelReference::Parse("mnist-cae1@stable");
  ASSERT_THAT(label, IsOk());
  EXPECT_EQ(label->ToSelector().label(), "stable");
}

TEST(ModelReferenceTest, WritesWhatItReads) {
  for (const char* text : {"a", "a:1", "a@stable", "a.b_c-d:9"}) {
    const auto reference = ModelReference::Parse(text);
    ASSERT_THAT(reference, IsOk());
    EXPECT_EQ(reference->ToString(), text);
  }
}

TEST(ModelReferenceTest, RefusesWhatIsNeither) {
  for (const char* text : {"", ":1", "@stable", "a:", "a:0", "a:-1", "a:x", "a@"}) {
    EXPECT_THAT(ModelReference::Parse(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace cae
