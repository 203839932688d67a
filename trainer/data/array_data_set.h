// Data sets of one's own: rows of numbers, or images, in NumPy's files.
#ifndef CAE_TRAINER_DATA_ARRAY_DATA_SET_H_
#define CAE_TRAINER_DATA_ARRAY_DATA_SET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/data/data_set.h"

namespace cae {

/// What the files are called.
inline constexpr absl::string_view kTrainRowsFile = "train.npy";
inline constexpr absl::string_view kTrainRowLabelsFile = "train_labels.npy";
inline constexpr absl::string_view kTestRowsFile = "test.npy";
inline constexpr absl::string_view kTestRowLabelsFile = "test_labels.npy";
inline constexpr absl::string_view kClassesFile = "classes.txt";

/// Reads FOLDER/NAME/ with
///   train.npy, test.npy    [rows, inputs], or images [rows, height, width], or one axis more; any
///                          type that ParseNpy reads; bytes are pixels, 255 becomes 1, as they are
///                          on the wire
///   train_labels.npy,      integers 0 to 255, one a row; both files or none
///   test_labels.npy
///   classes.txt            names of the classes, one a line; without it they are called 0, 1, ...
/// Numbers must be finite. Errors as LoadDataSet.
absl::StatusOr<DataSet> LoadArrayDataSet(absl::string_view name, const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_ARRAY_DATA_SET_H_
