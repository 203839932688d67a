#include "server/model_selection.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ModelSelectionTest : public ::testing::Test {
 protected:
  /// Selects from a repository with versions 1, 2, 10 of `a` and version 5 of `b`.
  ModelSelection Select(const std::string& config) {
    v1::RepositoryConfig repository;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(config, &repository)) << config;
    RepositoryListing listing;
    for (const std::int64_t version : {1, 2, 10}) listing.entries.push_back({"a", version, "", ""});
    listing.entries.push_back({"b", 5, "", ""});
    return SelectModels(listing, repository);
  }
  static std::vector<std::string> Names(const std::vector<RepositoryEntry>& entries) {
    std::vector<std::string> names;
    for (const auto& entry : entries) names.push_back(absl::StrCat(entry.name, entry.version));
    return names;
  }
};

TEST_F(ModelSelectionTest, ServesTheLatestVersionOfEveryModelByDefault) {
  const ModelSelection selection = Select("");
  EXPECT_THAT(Names(selection.load), ElementsAre("a10", "b5"));
  EXPECT_THAT(Names(selection.leave), ElementsAre("a1", "a2"));
  EXPECT_THAT(selection.missing, IsEmpty());
}

TEST_F(ModelSelectionTest, ServesAsManyLatestVersionsAsItIsTold) {
  EXPECT_THAT(Names(Select("version_policy { latest { count: 2 } }").load),
              ElementsAre("a2", "a10", "b5"));
  EXPECT_THAT(Select("version_policy { latest { count: 100 } }").leave, IsEmpty());
}

TEST_F(ModelSelectionTest, ServesAllVersions) {
  EXPECT_THAT(Names(Select("version_policy { all {} }").load),
              ElementsAre("a1", "a2", "a10", "b5"));
}

TEST_F(ModelSelectionTest, ServesSpecificVersionsOfTheModelsThatHaveThem) {
  const ModelSelection selection =
      Select("version_policy { specific { versions: 2 versions: 5 } }");
  EXPECT_THAT(Names(selection.load), ElementsAre("a2", "b5"));
  EXPECT_THAT(selection.missing, IsEmpty());
}

TEST_F(ModelSelectionTest, APolicyOfOneModelGoesBeforeTheGeneralOne) {
  EXPECT_THAT(Names(Select("version_policy { all {} }"
                           "models { name: 'a' version_policy { specific { versions: 1 } } }")
                        .load),
              ElementsAre("a1", "b5"));
}

TEST_F(ModelSelectionTest, ServesTheNamedModelsAlone) {
  const ModelSelection selection = Select("only: 'b'");
  EXPECT_THAT(Names(selection.load), ElementsAre("b5"));
  EXPECT_THAT(selection.leave, IsEmpty()) << "the others are not even shown";
}

TEST_F(ModelSelectionTest, SaysWhatTheRepositoryLacks) {
  EXPECT_THAT(Select("only: 'c' only: 'a' models { name: 'd' }"
                     "models { name: 'a' version_policy { specific { versions: 3 } }"
                     "         labels { label: 'stable' version: 4 } }")
                  .missing,
              ElementsAre(AllOf(HasSubstr("--model"), HasSubstr("'c'"), HasSubstr("it has: a, b")),
                          AllOf(HasSubstr("repository.models"), HasSubstr("'d'")),
                          AllOf(HasSubstr("'a' has no version 3"), HasSubstr("versions: 1, 2, 10")),
                          HasSubstr("'a' has no version 4")));
}

}  // namespace
}  // namespace cae
