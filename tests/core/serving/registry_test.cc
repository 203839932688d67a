#include "core/serving/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using absl::StatusCode;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

/// The registry looks at nothing but the identity.
ServableHandle MakeServable(const std::string& name, std::int64_t version) {
  auto servable = std::make_shared<Servable>();
  servable->identity = {name, version, "digest", "fingerprint"};
  return servable;
}

VersionChoice Version(const std::string& name, std::int64_t version) {
  return {name, version, std::nullopt};
}
VersionChoice Label(const std::string& name, const std::string& label) {
  return {name, std::nullopt, label};
}

class RegistryTest : public ::testing::Test {
 protected:
  std::int64_t FoundVersion(const VersionChoice& choice) {
    const auto found = registry_.Find(choice);
    EXPECT_THAT(found, IsOk());
    return found.ok() ? (*found)->identity.version : -1;
  }

  Registry registry_;
};

TEST_F(RegistryTest, FindsTheHighestReadyVersionWhereNoneIsNamed) {
  for (const std::int64_t version : {2, 10, 9}) registry_.SetReady(MakeServable("m", version));
  registry_.SetFailed("m", 11, absl::DataLossError("broken"));
  registry_.SetLoading("m", 12);
  EXPECT_EQ(FoundVersion({"m", {}, {}}), 10);
  EXPECT_EQ(FoundVersion(Version("m", 2)), 2);
}

TEST_F(RegistryTest, FindsWhatALabelPointsAt) {
  registry_.SetReady(MakeServable("m", 1));
  registry_.SetReady(MakeServable("m", 2));
  ASSERT_THAT(registry_.SetLabel("m", "stable", 1), IsOk());
  EXPECT_EQ(FoundVersion(Label("m", "stable")), 1);
  ASSERT_THAT(registry_.SetLabel("m", "stable", 2), IsOk());
  EXPECT_EQ(FoundVersion(Label("m", "stable")), 2);
  ASSERT_THAT(registry_.SetLabel("m", "stable", std::nullopt), IsOk());
  EXPECT_THAT(registry_.Find(Label("m", "stable")), StatusIs(StatusCode::kNotFound));
}

TEST_F(RegistryTest, SaysWhatThereIsWhereNothingMatches) {
  registry_.SetReady(MakeServable("digits", 1));
  registry_.SetReady(MakeServable("digits", 3));
  EXPECT_THAT(registry_.Find({"letters", {}, {}}),
              StatusIs(StatusCode::kNotFound, AllOf(HasSubstr("letters"), HasSubstr("digits"))));
  EXPECT_THAT(registry_.Find(Version("digits", 2)),
              StatusIs(StatusCode::kNotFound, AllOf(HasSubstr("2"), HasSubstr("1, 3"))));
  EXPECT_THAT(registry_.Find(Label("digits", "stable")),
              StatusIs(StatusCode::kNotFound, HasSubstr("labels: none")));
  EXPECT_THAT(registry_.Find({"", {}, {}}), StatusIs(StatusCode::kNotFound, HasSubstr("digits")));
}

TEST_F(RegistryTest, APathIsNotFoundAndNotRepeated) {
  EXPECT_THAT(registry_.Find({"../etc/passwd", {}, {}}),
              StatusIs(StatusCode::kNotFound, ::testing::Not(HasSubstr("etc"))));
}

TEST_F(RegistryTest, SaysWhyAKnownVersionDoesNotAnswer) {
  registry_.SetLoading("m", 1);
  EXPECT_THAT(registry_.Find({"m", {}, {}}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("still being loaded")));
  registry_.SetFailed("m", 1, absl::DataLossError("tensor 'x' is broken"));
  EXPECT_THAT(registry_.Find({"m", {}, {}}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("tensor 'x' is broken")));
  registry_.SetUnloaded("m", 1);
  EXPECT_THAT(registry_.Find({"m", {}, {}}),
              StatusIs(StatusCode::kFailedPrecondition, HasSubstr("not loaded")));
  registry_.SetReady(MakeServable("m", 1));
  EXPECT_EQ(FoundVersion({"m", {}, {}}), 1);
}

TEST_F(RegistryTest, ALabelOfAVersionThatIsNotReadyDoesNotAnswer) {
  registry_.SetReady(MakeServable("m", 1));
  registry_.SetFailed("m", 2, absl::DataLossError("broken"));
  ASSERT_THAT(registry_.SetLabel("m", "canary", 2), IsOk());
  EXPECT_THAT(registry_.Find(Label("m", "canary")), StatusIs(StatusCode::kFailedPrecondition));
}

TEST_F(RegistryTest, RefusesLabelsOfWhatIsUnknown) {
  registry_.SetReady(MakeServable("m", 1));
  EXPECT_THAT(registry_.SetLabel("m", "stable", 2), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(registry_.SetLabel("n", "stable", 1), StatusIs(StatusCode::kNotFound));
  EXPECT_THAT(registry_.SetLabel("n", "stable", std::nullopt), StatusIs(StatusCode::kNotFound));
}

TEST_F(RegistryTest, ListsEveryVersionInOrderWithStateAndLabels) {
  registry_.SetReady(MakeServable("b", 1));
  registry_.SetFailed("a", 10, absl::DataLossError("broken"));
  registry_.SetReady(MakeServable("a", 9));
  ASSERT_THAT(registry_.SetLabel("a", "stable", 9), IsOk());
  ASSERT_THAT(registry_.SetLabel("a", "best", 9), IsOk());
  const auto list = registry_.List();
  ASSERT_EQ(list.size(), 3u);
  EXPECT_EQ(list[0].name, "a");
  EXPECT_EQ(list[0].version, 9);
  EXPECT_EQ(list[0].state, VersionState::kReady);
  EXPECT_THAT(list[0].labels, ElementsAre("best", "stable"));
  EXPECT_NE(list[0].servable, nullptr);
  EXPECT_EQ(list[1].version, 10);
  EXPECT_EQ(list[1].state, VersionState::kFailed);
  EXPECT_EQ(list[1].message, "broken");
  EXPECT_EQ(list[1].servable, nullptr);
  EXPECT_EQ(list[2].name, "b");
}

TEST_F(RegistryTest, DescribesTheVersionThatWouldAnswerWhateverItsState) {
  registry_.SetFailed("m", 3, absl::DataLossError("broken"));
  registry_.SetLoading("m", 1);
  const auto status = registry_.Status({"m", {}, {}});
  ASSERT_THAT(status, IsOk());
  EXPECT_EQ(status->version, 3) << "the highest where none is ready";
  EXPECT_EQ(status->state, VersionState::kFailed);
  EXPECT_THAT(registry_.Status(Version("m", 2)), StatusIs(StatusCode::kNotFound));
}

TEST_F(RegistryTest, AHandleOutlivesAReloadAndAnUnload) {
  registry_.SetReady(MakeServable("m", 1));
  const auto handle = registry_.Find({"m", {}, {}});
  ASSERT_THAT(handle, IsOk());
  const std::weak_ptr<const Servable> old = *handle;
  registry_.SetReady(MakeServable("m", 1));
  EXPECT_NE(*registry_.Find({"m", {}, {}}), *handle) << "requests from now on get the new one";
  registry_.SetUnloaded("m", 1);
  EXPECT_EQ((*handle)->identity.version, 1);
  EXPECT_EQ(old.use_count(), 1) << "the registry keeps nothing of it";
}

}  // namespace
}  // namespace cae
