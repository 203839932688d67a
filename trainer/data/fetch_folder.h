// FetchFolder: where the tools that fetch data do their work, for a while.
#ifndef CAE_TRAINER_DATA_FETCH_FOLDER_H_
#define CAE_TRAINER_DATA_FETCH_FOLDER_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// What fetching a data set came to.
enum class FetchResult { kFetched, kAlreadyThere };

/// A temporary folder that is removed with what is in it. Thread-compatible.
class FetchFolder {
 public:
  static absl::StatusOr<FetchFolder> Make();
  FetchFolder(FetchFolder&& other) noexcept : path_(std::exchange(other.path_, "")) {}
  FetchFolder& operator=(FetchFolder&&) = delete;
  ~FetchFolder();

  const std::string& path() const { return path_; }

  /// Runs a program there (RunChildProcess). FAILED_PRECONDITION says which Debian package brings
  /// it where it is missing.
  absl::Status Run(const std::vector<std::string>& argv, absl::string_view debian_package) const;

 private:
  explicit FetchFolder(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace cae

#endif  // CAE_TRAINER_DATA_FETCH_FOLDER_H_
