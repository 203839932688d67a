// DataSet: labelled rows to train on and to be judged by.
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

/// Rows with the class of each.
struct LabelledExamples {
  Matrix rows;                       ///< [n, inputs], in [0, 1]
  std::vector<std::uint8_t> labels;  ///< n of them
};

/// Plain data, in memory: 220 MB for MNIST.
struct DataSet {
  std::string name;                       ///< "mnist" or "fashion"
  std::vector<std::int64_t> input_shape;  ///< of one row, {28, 28}
  std::vector<std::string> class_labels;  ///< ten words
  LabelledExamples training, test;
  std::map<std::string, std::string> digests;  ///< SHA-256 of each file read, by its name
};

/// The four idx files of MNIST and of data sets in its form.
inline constexpr absl::string_view kTrainImagesFile = "train-images-idx3-ubyte";
inline constexpr absl::string_view kTrainLabelsFile = "train-labels-idx1-ubyte";
inline constexpr absl::string_view kTestImagesFile = "t10k-images-idx3-ubyte";
inline constexpr absl::string_view kTestLabelsFile = "t10k-labels-idx1-ubyte";

/// Where fetched data lies: $CAE_DATA_DIR, else $XDG_CACHE_HOME/cae-serving, else
/// ~/.cache/cae-serving. FAILED_PRECONDITION if none of these variables is set.
absl::StatusOr<std::string> DefaultDataFolder();

/// Reads FOLDER/NAME/ with the four files above, any number of rows, image sizes that agree, ten
/// classes. NOT_FOUND says how to fetch; INVALID_ARGUMENT names the file that is not what it should
/// be, or the name where it is no data set
/// ("mnist", "fashion").
absl::StatusOr<DataSet> LoadDataSet(absl::string_view name, const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_DATA_SET_H_
