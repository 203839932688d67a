// FetchFashion: puts the Fashion-MNIST files on this machine, once.
#ifndef CAE_TRAINER_DATA_FASHION_FETCH_H_
#define CAE_TRAINER_DATA_FASHION_FETCH_H_

#include <string>

#include "absl/status/statusor.h"
#include "trainer/data/fetch_folder.h"
#include "trainer/data/file_digests.h"

namespace cae {

/// The files of Fashion-MNIST (Xiao, Rasul, Vollgraf, arXiv 1708.07747): 70,000 grey images of
/// clothes in ten classes, in the form of MNIST.
const FileDigests& FashionDigests();

/// Makes sure that FOLDER/fashion holds the files. Where it does not, takes them from the Debian
/// package dataset-fashion-mnist: as it is installed, else by `apt-get download` and `dpkg-deb` in
/// a temporary folder, which needs no privileges. FAILED_PRECONDITION says what to do where these
/// are missing or know no such package.
absl::StatusOr<FetchResult> FetchFashion(const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_FASHION_FETCH_H_
