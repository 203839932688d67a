#include "trainer/data/fashion_fetch.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/data/idx_data_set.h"

namespace cae {
namespace {

constexpr char kPackage[] = "dataset-fashion-mnist";
constexpr char kInstalled[] = "/usr/share/datasets/fashion-mnist";

// The archive that apt-get left in the folder, under a name with a version in it.
absl::StatusOr<std::string> FindArchive(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::StartsWith(name, kPackage) && absl::EndsWith(name, ".deb")) return name;
  }
  return absl::InternalError("apt-get download left no archive");
}

}  // namespace

const FileDigests& FashionDigests() {
  static const auto& digests =
      *new FileDigests{{std::string(kTrainImagesFile),
                        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
                       {std::string(kTrainLabelsFile),
                        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
                       {std::string(kTestImagesFile),
                        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
                       {std::string(kTestLabelsFile),
                        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"}};
  return digests;
}

absl::StatusOr<FetchResult> FetchFashion(const std::string& folder) {
  const std::string target = absl::StrCat(folder, "/fashion");
  if (CheckFiles(target, FashionDigests()).ok()) return FetchResult::kAlreadyThere;
  if (InstallFiles(kInstalled, target, FashionDigests()).ok()) return FetchResult::kFetched;
  CAE_ASSIGN_OR_RETURN(const FetchFolder work, FetchFolder::Make());
  const absl::Status downloaded = work.Run({"apt-get", "download", kPackage}, "apt");
  if (absl::IsInternal(downloaded)) {
    return absl::FailedPreconditionError(absl::StrCat(
        downloaded.message(), "; does `apt-get update` have to be run first, as root?"));
  }
  CAE_RETURN_IF_ERROR(downloaded);
  CAE_ASSIGN_OR_RETURN(const std::string archive, FindArchive(work.path()));
  CAE_RETURN_IF_ERROR(work.Run({"dpkg-deb", "-x", archive, "."}, "dpkg"));
  CAE_RETURN_IF_ERROR(InstallFiles(work.path() + kInstalled, target, FashionDigests()));
  return FetchResult::kFetched;
}

}  // namespace cae
