#include "client/commands/input_file.h"

#include <cmath>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/commands/input_contents.h"
#include "core/base/status_macros.h"
#include "core/io/idx.h"
#include "core/io/npy.h"

namespace cae {
namespace {

constexpr float kMaxClass = 1e6f;

absl::StatusOr<std::vector<int>> LabelsOfArray(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(const NpyArray array, ParseNpy(bytes));
  std::vector<int> labels;
  for (const float value : array.values.reshaped<Eigen::RowMajor>()) {
    if (value != std::floor(value) || value < 0 || value > kMaxClass) {
      return absl::InvalidArgumentError(
          absl::StrCat(value, " is no class; classes are 0, 1, 2, ..."));
    }
    labels.push_back(static_cast<int>(value));
  }
  return labels;
}

absl::StatusOr<std::vector<int>> LabelsOf(const InputContents& contents) {
  if (contents.kind == InputKind::kNpy) return LabelsOfArray(contents.bytes);
  if (contents.kind == InputKind::kPng) {
    return absl::InvalidArgumentError("a picture holds no labels; they may be .npy, .npz or idx");
  }
  CAE_ASSIGN_OR_RETURN(const std::vector<std::uint8_t> labels, ParseIdxLabels(contents.bytes));
  return std::vector<int>(labels.begin(), labels.end());
}

}  // namespace

absl::StatusOr<LoadedRows> LoadRows(const std::string& path, std::optional<TileGrid> grid,
                                    const Streams& streams) {
  CAE_ASSIGN_OR_RETURN(InputContents contents, ReadInput(path, streams));
  return LoadedRows::Parse(std::move(contents), grid);
}

absl::StatusOr<LoadedRows> LoadCodes(const std::string& path, const Streams& streams) {
  CAE_ASSIGN_OR_RETURN(InputContents contents, ReadInput(path, streams));
  if (contents.kind != InputKind::kNpy) {
    return InInput(contents.name,
                   absl::InvalidArgumentError("pixels are no codes; codes may be .npy or .npz"));
  }
  return LoadedRows::Parse(std::move(contents), std::nullopt);
}

absl::StatusOr<std::vector<int>> LoadLabels(const std::string& path, const Streams& streams) {
  CAE_ASSIGN_OR_RETURN(const InputContents contents, ReadInput(path, streams));
  absl::StatusOr<std::vector<int>> labels = LabelsOf(contents);
  if (!labels.ok()) return InInput(contents.name, labels.status());
  return labels;
}

}  // namespace cae
