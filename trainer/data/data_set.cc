#include "trainer/data/data_set.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/idx.h"
#include "core/io/sha256.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 30;
constexpr int kClasses = 10;

// Reads one file of the data set and notes its digest.
class Files {
 public:
  Files(const std::string& folder, absl::string_view data_set,
        std::map<std::string, std::string>& digests)
      : data_set_(data_set), folder_(absl::StrCat(folder, "/", data_set)), digests_(digests) {}

  absl::StatusOr<std::string> Read(absl::string_view name) {
    absl::StatusOr<std::string> bytes = ReadFile(Path(name), kMaxFileBytes);
    if (absl::IsNotFound(bytes.status())) {
      return absl::NotFoundError(
          absl::StrCat(bytes.status().message(), "; fetch the data with `cae-train fetch ",
                       data_set_, "`, or say where it lies with --data or CAE_DATA_DIR"));
    }
    if (bytes.ok()) digests_[std::string(name)] = Sha256Hex(*bytes);
    return bytes;
  }

  absl::Status Fault(absl::string_view name, absl::string_view reason) const {
    return absl::InvalidArgumentError(absl::StrCat(Path(name), ": ", reason));
  }

 private:
  std::string Path(absl::string_view name) const { return absl::StrCat(folder_, "/", name); }

  const std::string data_set_, folder_;
  std::map<std::string, std::string>& digests_;
};

// What the classes of a data set are called; none for a name that is no data set.
std::vector<std::string> ClassLabelsOf(absl::string_view name) {
  if (name == "mnist") return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  if (name == "fashion") {
    return {"T-shirt", "trousers", "pullover", "dress", "coat",
            "sandal",  "shirt",    "sneaker",  "bag",   "ankle boot"};
  }
  return {};
}

// A pair of files, images and labels.
absl::StatusOr<LabelledExamples> ReadExamples(Files& files, absl::string_view images_file,
                                              absl::string_view labels_file,
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
  if (largest >= kClasses) {
    return files.Fault(labels_file,
                       absl::StrCat("label ", largest, "; labels are 0 to ", kClasses - 1));
  }
  return LabelledExamples{images->Scaled(), *std::move(labels)};
}

}  // namespace

absl::StatusOr<std::string> DefaultDataFolder() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string folder = variable("CAE_DATA_DIR"); !folder.empty()) return folder;
  if (const std::string cache = variable("XDG_CACHE_HOME"); !cache.empty()) {
    return absl::StrCat(cache, "/cae-serving");
  }
  if (const std::string home = variable("HOME"); !home.empty()) {
    return absl::StrCat(home, "/.cache/cae-serving");
  }
  return absl::FailedPreconditionError(
      "no folder for data: set CAE_DATA_DIR (XDG_CACHE_HOME and HOME are not set either)");
}

absl::StatusOr<DataSet> LoadDataSet(absl::string_view name, const std::string& folder) {
  DataSet data;
  data.name = std::string(name);
  data.class_labels = ClassLabelsOf(name);
  if (data.class_labels.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "data set \"", name, "\" is unknown; this program knows \"mnist\" and \"fashion\""));
  }
  Files files(folder, name, data.digests);
  CAE_ASSIGN_OR_RETURN(data.training,
                       ReadExamples(files, kTrainImagesFile, kTrainLabelsFile, data.input_shape));
  CAE_ASSIGN_OR_RETURN(data.test,
                       ReadExamples(files, kTestImagesFile, kTestLabelsFile, data.input_shape));
  return data;
}

}  // namespace cae
