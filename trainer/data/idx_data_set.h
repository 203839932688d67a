// Data sets in the form of MNIST: four idx files, grey images and labels.
#ifndef CAE_TRAINER_DATA_IDX_DATA_SET_H_
#define CAE_TRAINER_DATA_IDX_DATA_SET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/data/data_set.h"

namespace cae {

/// What the files are called.
inline constexpr absl::string_view kTrainImagesFile = "train-images-idx3-ubyte";
inline constexpr absl::string_view kTrainLabelsFile = "train-labels-idx1-ubyte";
inline constexpr absl::string_view kTestImagesFile = "t10k-images-idx3-ubyte";
inline constexpr absl::string_view kTestLabelsFile = "t10k-labels-idx1-ubyte";

/// Reads FOLDER/NAME/ with the four files, any number of rows, image sizes that agree, labels below
/// the number of classes. Errors as LoadDataSet.
absl::StatusOr<DataSet> LoadIdxDataSet(absl::string_view name,
                                       std::vector<std::string> class_labels,
                                       const std::string& folder);

}  // namespace cae

#endif  // CAE_TRAINER_DATA_IDX_DATA_SET_H_
