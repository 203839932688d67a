#include "trainer/data/data_set.h"

#include <cstdlib>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "trainer/data/array_data_set.h"
#include "trainer/data/idx_data_set.h"

namespace cae {
namespace {

// What the classes of a data set are called; none where it is not one of ours.
std::vector<std::string> ClassLabelsOf(absl::string_view name) {
  if (name == "mnist") return {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
  if (name == "fashion") {
    return {"T-shirt", "trousers", "pullover", "dress", "coat",
            "sandal",  "shirt",    "sneaker",  "bag",   "ankle boot"};
  }
  return {};
}

// A folder of that name lies in the folder of the data, nowhere else.
bool IsName(absl::string_view name) {
  return !name.empty() && name[0] != '.' && absl::c_all_of(name, [](char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
  });
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
  if (!IsName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("data set \"", absl::CHexEscape(name),
                     "\": a name is of letters, digits, '-', '_' and '.', and does not begin with "
                     "a dot"));
  }
  std::vector<std::string> class_labels = ClassLabelsOf(name);
  if (!class_labels.empty()) return LoadIdxDataSet(name, std::move(class_labels), folder);
  return LoadArrayDataSet(name, folder);
}

}  // namespace cae
