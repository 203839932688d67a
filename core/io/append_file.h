// AppendFile: a file that grows while its contents come in, unlike those of core/io/file.h.
#ifndef CAE_CORE_IO_APPEND_FILE_H_
#define CAE_CORE_IO_APPEND_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// What was appended is in the file, whatever happens to the program afterwards. Messages name the
/// path; codes are those of core/io/file.h. Thread-compatible.
class AppendFile {
 public:
  /// Makes the file, or empties the one that is there.
  static absl::StatusOr<AppendFile> Create(const std::string& path);

  AppendFile(AppendFile&& other) noexcept;
  AppendFile& operator=(AppendFile&& other) noexcept;
  ~AppendFile();

  absl::Status Append(absl::string_view bytes);

  /// Flushes to the device and closes. Nothing may be appended afterwards.
  absl::Status Close();

 private:
  AppendFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;  ///< -1 = closed
};

}  // namespace cae

#endif  // CAE_CORE_IO_APPEND_FILE_H_
