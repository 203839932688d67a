// FileDigests: what the files of a data set must be.
#ifndef CAE_TRAINER_DATA_FILE_DIGESTS_H_
#define CAE_TRAINER_DATA_FILE_DIGESTS_H_

#include <map>
#include <string>

#include "absl/status/status.h"

namespace cae {

/// SHA-256 of each file, by its name.
using FileDigests = std::map<std::string, std::string>;

/// OK if `folder` holds every file with its digest. NOT_FOUND for a missing file, DATA_LOSS naming
/// file, expected and found digest for one with other contents.
absl::Status CheckFiles(const std::string& folder, const FileDigests& digests);

/// Copies the files from one folder to another, made if need be: first checks all of them, then
/// writes each atomically. A file that `from` holds as NAME.gz alone is unpacked. Errors as
/// CheckFiles, Gunzip and WriteFileAtomically.
absl::Status InstallFiles(const std::string& from, const std::string& to,
                          const FileDigests& digests);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_FILE_DIGESTS_H_
