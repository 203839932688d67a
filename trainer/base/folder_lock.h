// FolderLock: one process at a time works in a folder.
#ifndef CAE_TRAINER_BASE_FOLDER_LOCK_H_
#define CAE_TRAINER_BASE_FOLDER_LOCK_H_

#include <string>

#include "absl/status/statusor.h"

namespace cae {

/// Held until it is destroyed or the process ends, however it ends; leaves nothing in the folder.
/// Advisory (flock): it excludes other locks, in this process too, and keeps nobody from the files.
/// Thread-compatible.
class FolderLock {
 public:
  /// Does not wait. ABORTED where another one holds it; the errors of core/io/file.h where the
  /// folder cannot be opened. On a file system without locks nothing is excluded.
  static absl::StatusOr<FolderLock> Take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;  ///< of the folder; -1 = moved from
};

}  // namespace cae

#endif  // CAE_TRAINER_BASE_FOLDER_LOCK_H_
