#include "trainer/data/idx_data_set.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/idx.h"
#include "trainer/data/data_files.h"

namespace cae {
namespace {

// A pair of files, images and labels.
absl::StatusOr<LabelledExamples> ReadExamples(DataFiles& files, absl::string_view images_file,
                                              absl::string_view labels_file, std::size_t classes,
                                              std::vector<std::int64_t>& shape) {
  CAE_ASSIGN_OR_RETURN(const std::string image_bytes, files.Read(images_file));
  const absl::StatusOr<IdxImages> images = ParseIdxImages(image_bytes);
  if (!images.ok()) return files.Fault(images_file, images.status().message());
  CAE_ASSIGN_OR_RETURN(const std::string label_bytes, files.Read(labels_file));
  absl::StatusOr<std::vector<std::uint8_t>> labels = ParseIdxLabels(label_bytes);
  if (!labels.ok()) return files.Fault(labels_file, labels.status().message());

  const std::vector<std::int64_t> own_shape = {images->height, images->width};
  if (shape.empty()) shape = own_shape;
  if (own_shape != shape) {
    return files.Fault(images_file,
                       absl::StrCat("the images are ", images->height, " x ", images->width,
                                    ", those for training ", shape[0], " x ", shape[1]));
  }
  const auto count = static_cast<std::size_t>(images->pixels.rows());
  if (count == 0) return files.Fault(images_file, "there is no image in it");
  if (labels->size() != count) {
    return files.Fault(labels_file, absl::StrCat(labels->size(), " labels for ", count, " images"));
  }
  const std::uint8_t largest = *std::max_element(labels->begin(), labels->end());
  if (largest >= classes) {
    return files.Fault(labels_file,
                       absl::StrCat("label ", largest, "; labels are 0 to ", classes - 1));
  }
  return LabelledExamples{images->Scaled(), *std::move(labels)};
}

}  // namespace

absl::StatusOr<DataSet> LoadIdxDataSet(absl::string_view name,
                                       std::vector<std::string> class_labels,
                                       const std::string& folder) {
  DataSet data;
  data.name = std::string(name);
  data.class_labels = std::move(class_labels);
  const std::size_t classes = data.class_labels.size();
  DataFiles files(folder, name, absl::StrCat("fetch the data with `cae-train fetch ", name, "`"));
  CAE_ASSIGN_OR_RETURN(data.training, ReadExamples(files, kTrainImagesFile, kTrainLabelsFile,
                                                   classes, data.input_shape));
  CAE_ASSIGN_OR_RETURN(
      data.test, ReadExamples(files, kTestImagesFile, kTestLabelsFile, classes, data.input_shape));
  data.digests = files.digests();
  return data;
}

}  // namespace cae
