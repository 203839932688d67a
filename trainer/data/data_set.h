// DataSet: rows to train on and to be judged by, with classes or without.
#ifndef CAE_TRAINER_DATA_DATA_SET_H_
#define CAE_TRAINER_DATA_DATA_SET_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/math/matrix.h"

namespace cae {

/// Rows and, where they are known, the class of each.
struct LabelledExamples {
  Matrix rows;                       ///< [n, inputs], finite; of images in [0, 1]
  std::vector<std::uint8_t> labels;  ///< n of them, or none
};

/// Plain data, in memory: 220 MB for MNIST.
struct DataSet {
  std::string name;                       ///< "mnist"
  std::vector<std::int64_t> input_shape;  ///< of one row, {28, 28}
  std::vector<std::string> class_labels;  ///< none where rows have no labels
  LabelledExamples training, test;
  std::map<std::string, std::string> digests;  ///< SHA-256 of each file read, by its name
};

/// Where fetched data lies: $CAE_DATA_DIR, else $XDG_CACHE_HOME/cae-serving, else
/// ~/.cache/cae-serving. FAILED_PRECONDITION if none of these variables is set.
absl::StatusOr<std::string> DefaultDataFolder();

/// "mnist" and "fashion" as they are fetched (idx_data_set.h), any other name as data of one's own
/// (array_data_set.h), from FOLDER/NAME/. NOT_FOUND says what to do; INVALID_ARGUMENT names the
/// file that is not what it should be, or the name where it is none of letters, digits, '-', '_'
/// and '.'. Rows for training and for the test are one or more.
absl::StatusOr<DataSet> LoadDataSet(absl::string_view name, const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_DATA_SET_H_
