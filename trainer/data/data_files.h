// DataFiles: the files of one data set, in a folder that bears its name.
#ifndef CAE_TRAINER_DATA_DATA_FILES_H_
#define CAE_TRAINER_DATA_DATA_FILES_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// Reads files of FOLDER/NAME/ and notes the digest of each. Thread-compatible.
class DataFiles {
 public:
  /// `advice`: what to do where a file is missing, a clause.
  DataFiles(const std::string& folder, absl::string_view name, std::string advice);

  /// All of a file, at most 4 GiB. NOT_FOUND gives the advice; other errors as ReadFile.
  absl::StatusOr<std::string> Read(absl::string_view file);

  /// The same; nullopt where there is no such file.
  absl::StatusOr<std::optional<std::string>> ReadIfThere(absl::string_view file);

  /// INVALID_ARGUMENT: `file`, with its path, is not what it should be.
  absl::Status Fault(absl::string_view file, absl::string_view reason) const;

  /// SHA-256 of each file read so far, by its name.
  const std::map<std::string, std::string>& digests() const { return digests_; }

 private:
  std::string Path(absl::string_view file) const;

  const std::string folder_, advice_;
  std::map<std::string, std::string> digests_;
};

}  // namespace cae

#endif  // CAE_TRAINER_DATA_DATA_FILES_H_
