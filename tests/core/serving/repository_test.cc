#include "core/serving/repository.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temp_repository.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;
using testing::TempRepository;

std::vector<std::string> RelativePaths(const RepositoryListing& listing) {
  std::vector<std::string> paths;
  for (const RepositoryEntry& entry : listing.entries) paths.push_back(entry.relative_path);
  return paths;
}

TEST(RepositoryTest, ListsVersionsByNameThenByNumber) {
  TempRepository repository;
  for (const char* path : {"b/1", "a/10", "a/9", "a/2"}) {
    repository.AddFile(absl::StrCat(path, "/model.safetensors"), "");
  }
  const auto listing = ListRepository(repository.root());
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(RelativePaths(*listing),
              ElementsAre("a/2/model.safetensors", "a/9/model.safetensors",
                          "a/10/model.safetensors", "b/1/model.safetensors"));
  EXPECT_THAT(listing->ignored, IsEmpty());
  const RepositoryEntry& entry = listing->entries[2];
  EXPECT_EQ(entry.name, "a");
  EXPECT_EQ(entry.version, 10);
  EXPECT_EQ(entry.path, absl::StrCat(repository.root(), "/a/10/model.safetensors"));
}

TEST(RepositoryTest, SaysWhatCannotBeAModelAndListsTheRest) {
  TempRepository repository;
  for (const char* path : {"good/1", "bad name/1", "m/0", "m/-1", "m/01", "m/1x", "m/+1",
                           "m/latest", "m/99999999999999999999"}) {
    repository.AddFile(absl::StrCat(path, "/model.safetensors"), "");
  }
  repository.AddFile("m/3/weights.bin", "");
  const auto listing = ListRepository(repository.root());
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(RelativePaths(*listing), ElementsAre("good/1/model.safetensors"));
  EXPECT_THAT(listing->ignored, ::testing::SizeIs(9));
  EXPECT_THAT(listing->ignored, ::testing::Contains(HasSubstr("bad name: a model is named by")));
  EXPECT_THAT(listing->ignored, ::testing::Contains(HasSubstr("m/01: a version folder")));
  EXPECT_THAT(listing->ignored, ::testing::Contains("m/3/model.safetensors: no such file"));
}

TEST(RepositoryTest, PassesOverHiddenFilesAndFilesAtTheRoot) {
  TempRepository repository;
  repository.AddFile("README.md", "");
  repository.AddFile(".git/config", "");
  repository.AddFile("m/.tmp/model.safetensors", "");
  repository.AddFile("m/1/model.safetensors", "");
  const auto listing = ListRepository(repository.root());
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(RelativePaths(*listing), ElementsAre("m/1/model.safetensors"));
  EXPECT_THAT(listing->ignored, IsEmpty());
}

TEST(RepositoryTest, DoesNotTakeAFolderForAModelFile) {
  TempRepository repository;
  repository.AddFile("m/1/model.safetensors/x", "");
  const auto listing = ListRepository(repository.root());
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(listing->entries, IsEmpty());
}

TEST(RepositoryTest, FollowsLinksAsReleasesAreOftenMade) {
  TempRepository repository;
  repository.AddFile("m/1/model.safetensors", "");
  std::filesystem::create_directory_symlink(repository.root() + "/m/1", repository.root() + "/m/2");
  const auto listing = ListRepository(repository.root());
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(RelativePaths(*listing),
              ElementsAre("m/1/model.safetensors", "m/2/model.safetensors"));
}

TEST(RepositoryTest, AnEmptyFolderHasNoModels) {
  const TempRepository repository;
  const auto listing = ListRepository(repository.root());
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(listing->entries, IsEmpty());
}

TEST(RepositoryTest, NamesTheFolderThatIsNone) {
  TempRepository repository;
  const std::string file = repository.AddFile("file", "");
  EXPECT_THAT(ListRepository("/no/such/folder"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/no/such/folder")));
  EXPECT_THAT(ListRepository(file), StatusIs(absl::StatusCode::kNotFound, HasSubstr(file)));
}

/// Root may read everything: tests that are run as root become nobody for a while.
class WithoutPrivileges {
 public:
  WithoutPrivileges() {
    constexpr uid_t kNobody = 65534;
    if (before_ == 0) {
      EXPECT_EQ(seteuid(kNobody), 0);
    }
  }
  ~WithoutPrivileges() { EXPECT_EQ(seteuid(before_), 0); }

 private:
  const uid_t before_ = geteuid();
};

TEST(RepositoryTest, AFolderThatMayNotBeReadDoesNotHideTheOthers) {
  TempRepository repository;
  repository.AddFile("a/1/model.safetensors", "");
  repository.AddFile("b/1/model.safetensors", "");
  namespace fs = std::filesystem;
  fs::permissions(repository.root(), fs::perms::all);
  fs::permissions(repository.root() + "/a", fs::perms::none);
  const auto listing = [&] {
    const WithoutPrivileges scope;
    return ListRepository(repository.root());
  }();
  fs::permissions(repository.root() + "/a", fs::perms::owner_all);
  ASSERT_THAT(listing, IsOk());
  EXPECT_THAT(RelativePaths(*listing), ElementsAre("b/1/model.safetensors"));
  EXPECT_THAT(listing->ignored, ElementsAre(HasSubstr("/a")));
}

}  // namespace
}  // namespace cae
