#include "trainer/data/array_data_set.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "core/io/npy.h"
#include "core/math/conversion.h"
#include "trainer/data/data_files.h"

namespace cae {
namespace {

constexpr int kMostClasses = 256;
constexpr absl::string_view kPixels = "|u1";

absl::StatusOr<Matrix> ReadRows(DataFiles& files, absl::string_view file,
                                std::vector<std::int64_t>& shape) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, files.Read(file));
  absl::StatusOr<NpyArray> array = ParseNpy(bytes);
  if (!array.ok()) return files.Fault(file, array.status().message());
  if (array->shape.size() < 2) {
    return files.Fault(file, "has one axis; rows of numbers have two, [rows, inputs]");
  }
  if (array->shape[0] == 0) return files.Fault(file, "there is no row in it");
  const std::vector<std::int64_t> own_shape(array->shape.begin() + 1, array->shape.end());
  if (shape.empty()) shape = own_shape;
  if (own_shape != shape) {
    return files.Fault(file,
                       absl::StrCat("the rows have the shape ", absl::StrJoin(own_shape, " x "),
                                    ", those for training ", absl::StrJoin(shape, " x ")));
  }
  Matrix& rows = array->values;
  constexpr float kLargest = std::numeric_limits<float>::max();
  const auto size = static_cast<std::size_t>(rows.size());
  const std::size_t at = FirstOutside({rows.data(), size}, -kLargest, kLargest);
  if (at < size) {
    const auto inputs = static_cast<std::size_t>(rows.cols());
    return files.Fault(
        file, absl::StrCat("row ", at / inputs, " holds ", rows.data()[at], " as its number ",
                           at % inputs, "; numbers must be finite"));
  }
  if (array->dtype == kPixels) rows.array() /= 255.0f;
  return std::move(rows);
}

absl::StatusOr<std::vector<std::uint8_t>> ParseLabels(const DataFiles& files,
                                                      absl::string_view file,
                                                      const std::string& bytes, Index rows) {
  const absl::StatusOr<NpyArray> array = ParseNpy(bytes);
  if (!array.ok()) return files.Fault(file, array.status().message());
  const bool integers = array->dtype[1] == 'i' || array->dtype[1] == 'u';
  if (!integers || array->shape.size() != 1) {
    return files.Fault(file, absl::StrCat("holds ", array->dtype, " of the shape ",
                                          absl::StrJoin(array->shape, " x "),
                                          "; labels are integers along one axis"));
  }
  if (array->shape[0] != rows) {
    return files.Fault(file, absl::StrCat(array->shape[0], " labels for ", rows, " rows"));
  }
  std::vector<std::uint8_t> labels(static_cast<std::size_t>(rows));
  for (Index row = 0; row < rows; ++row) {
    const float label = array->values(row, 0);
    if (!(label >= 0 && label < kMostClasses)) {
      return files.Fault(file, absl::StrCat("row ", row, " has the label ", label,
                                            "; labels are 0 to ", kMostClasses - 1));
    }
    labels[static_cast<std::size_t>(row)] = static_cast<std::uint8_t>(label);
  }
  return labels;
}

// Labels of all rows, or of none.
absl::Status ReadLabels(DataFiles& files, DataSet& data) {
  CAE_ASSIGN_OR_RETURN(const std::optional<std::string> training,
                       files.ReadIfThere(kTrainRowLabelsFile));
  CAE_ASSIGN_OR_RETURN(const std::optional<std::string> test,
                       files.ReadIfThere(kTestRowLabelsFile));
  if (training.has_value() != test.has_value()) {
    return files.Fault(training.has_value() ? kTestRowLabelsFile : kTrainRowLabelsFile,
                       absl::StrCat("is missing, but ",
                                    training.has_value() ? kTrainRowLabelsFile : kTestRowLabelsFile,
                                    " is there; either all rows have labels or none"));
  }
  if (!training.has_value()) return absl::OkStatus();
  CAE_ASSIGN_OR_RETURN(data.training.labels, ParseLabels(files, kTrainRowLabelsFile, *training,
                                                         data.training.rows.rows()));
  CAE_ASSIGN_OR_RETURN(data.test.labels,
                       ParseLabels(files, kTestRowLabelsFile, *test, data.test.rows.rows()));
  return absl::OkStatus();
}

bool IsUtf8(const std::string& text) {
  const auto replace = nlohmann::json::error_handler_t::replace;
  return nlohmann::json::parse(nlohmann::json(text).dump(-1, ' ', false, replace)) == text;
}

absl::StatusOr<std::vector<std::string>> ReadClasses(DataFiles& files, const DataSet& data) {
  const int classes = 1 + std::max(*absl::c_max_element(data.training.labels),
                                   *absl::c_max_element(data.test.labels));
  if (classes < 2)
    return files.Fault(kTrainRowLabelsFile, "all labels are 0; classes are two or more");
  CAE_ASSIGN_OR_RETURN(const std::optional<std::string> text, files.ReadIfThere(kClassesFile));
  std::vector<std::string> names;
  if (!text.has_value()) {
    for (int c = 0; c < classes; ++c) names.push_back(absl::StrCat(c));
    return names;
  }
  if (!IsUtf8(*text)) return files.Fault(kClassesFile, "is not UTF-8");
  for (const absl::string_view line :
       absl::StrSplit(absl::StripTrailingAsciiWhitespace(*text), '\n')) {
    names.emplace_back(absl::StripAsciiWhitespace(line));
    if (names.back().empty() || names.size() > kMostClasses) {
      return files.Fault(
          kClassesFile, absl::StrCat("line ", names.size(), " is ",
                                     names.back().empty() ? "empty" : "one too many",
                                     "; each names a class, and these are at most ", kMostClasses));
    }
  }
  if (static_cast<int>(names.size()) < classes) {
    return files.Fault(kClassesFile,
                       absl::StrCat("names ", names.size(), " classes, but there is the label ",
                                    classes - 1, "; the first line is the name of label 0"));
  }
  return names;
}

}  // namespace

absl::StatusOr<DataSet> LoadArrayDataSet(absl::string_view name, const std::string& folder) {
  DataSet data;
  data.name = std::string(name);
  DataFiles files(folder, name,
                  absl::StrCat("put your rows there as ", kTrainRowsFile, " and ", kTestRowsFile,
                               " (\"mnist\" and \"fashion\" alone can be fetched)"));
  CAE_ASSIGN_OR_RETURN(data.training.rows, ReadRows(files, kTrainRowsFile, data.input_shape));
  CAE_ASSIGN_OR_RETURN(data.test.rows, ReadRows(files, kTestRowsFile, data.input_shape));
  CAE_RETURN_IF_ERROR(ReadLabels(files, data));
  if (!data.training.labels.empty()) {
    CAE_ASSIGN_OR_RETURN(data.class_labels, ReadClasses(files, data));
  }
  data.digests = files.digests();
  return data;
}

}  // namespace cae
