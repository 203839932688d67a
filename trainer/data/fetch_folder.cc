#include "trainer/data/fetch_folder.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "trainer/data/child_process.h"

namespace cae {

absl::StatusOr<FetchFolder> FetchFolder::Make() {
  std::error_code error;
  const std::filesystem::path base = std::filesystem::temp_directory_path(error);
  std::string path = ((error ? "/tmp" : base) / "cae-fetch-XXXXXX").string();
  if (mkdtemp(path.data()) == nullptr) return absl::ErrnoToStatus(errno, path);
  return FetchFolder(std::move(path));
}

FetchFolder::~FetchFolder() {
  std::error_code ignored;
  if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
}

absl::Status FetchFolder::Run(const std::vector<std::string>& argv,
                              absl::string_view debian_package) const {
  absl::Status status = RunChildProcess(argv, path_);
  if (!absl::IsNotFound(status)) return status;
  return absl::FailedPreconditionError(
      absl::StrCat("there is no program ", argv[0], "; install it, on Debian by `apt-get install ",
                   debian_package, "`, or put the four idx files into the folder yourself"));
}

}  // namespace cae
