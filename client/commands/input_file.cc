#include "client/commands/input_file.h"

#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/commands/failure.h"
#include "client/commands/picture.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/idx.h"
#include "core/io/npy.h"
#include "core/io/png.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxInputBytes = std::int64_t{4} << 30;

absl::StatusOr<std::string> ReadBytes(const std::string& path, const Streams& streams) {
  if (path == "-") return Local(ReadStream(streams.input, "standard input", kMaxInputBytes));
  return Local(ReadFile(path, kMaxInputBytes));
}

/// A failure to understand a file, with its name in front.
absl::Status InFile(const std::string& path, const absl::Status& status) {
  return Local(absl::Status(
      status.code(), absl::StrCat(path == "-" ? "standard input" : path, ": ", status.message())));
}

bool IsNpy(absl::string_view path) { return path == "-" || absl::EndsWithIgnoreCase(path, ".npy"); }

absl::StatusOr<LoadedRows> LoadPng(const std::string& path, const std::string& bytes) {
  absl::StatusOr<Image> image = ParseGreyPng(bytes);
  if (!image.ok()) return InFile(path, image.status());
  MatrixOf<std::uint8_t> pixels = Eigen::Map<const MatrixOf<std::uint8_t>>(
      image->pixels.data(), 1, image->height * image->width);
  return LoadedRows(std::move(pixels), path, std::make_pair(image->height, image->width));
}

absl::StatusOr<LoadedRows> LoadIdx(const std::string& path, const std::string& bytes) {
  absl::StatusOr<IdxImages> images = ParseIdxImages(bytes);
  if (!images.ok()) return InFile(path, images.status());
  return LoadedRows(std::move(images->pixels), path, std::make_pair(images->height, images->width));
}

}  // namespace

InputRows LoadedRows::view() const {
  return std::visit([](const auto& rows) { return InputRows(rows); }, rows_);
}

Matrix LoadedRows::values() const {
  if (const auto* values = std::get_if<Matrix>(&rows_)) return *values;
  return std::get<MatrixOf<std::uint8_t>>(rows_).cast<float>() / 255.0f;
}

void LoadedRows::Truncate(Index limit) {
  if (limit == 0 || limit >= rows()) return;
  std::visit([&](auto& rows) { rows.conservativeResize(limit, Eigen::NoChange); }, rows_);
}

absl::Status LoadedRows::CheckFits(const v1::Model& card) const {
  if (!image_.has_value()) return absl::OkStatus();
  CAE_ASSIGN_OR_RETURN(const ImageGridLayout layout, PictureLayout(card));
  if (layout.image_height == image_->first && layout.image_width == image_->second) {
    return absl::OkStatus();
  }
  return Local(absl::InvalidArgumentError(
      absl::StrCat(name_, ": images of ", image_->first, " x ", image_->second, " pixels; model '",
                   card.name(), "' v", card.version(), " takes ", layout.image_height, " x ",
                   layout.image_width, ". Scale them, or choose another model with --model")));
}

absl::StatusOr<Matrix> LoadNpy(const std::string& path, const Streams& streams) {
  if (!IsNpy(path)) {
    return UsageFailure(
        absl::StrCat("'", path, "' is no .npy file; '-' reads one from standard input"));
  }
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(path, streams));
  absl::StatusOr<NpyArray> array = ParseNpy(bytes);
  if (!array.ok()) return InFile(path, array.status());
  // A vector is one example, not many of one unit.
  if (array->shape.size() == 1) array->values.resize(1, array->values.size());
  if (array->values.size() == 0) {
    return InFile(path, absl::InvalidArgumentError("the array is empty"));
  }
  return std::move(array->values);
}

absl::StatusOr<LoadedRows> LoadRows(const std::string& path, const Streams& streams) {
  if (IsNpy(path)) {
    CAE_ASSIGN_OR_RETURN(Matrix values, LoadNpy(path, streams));
    return LoadedRows(std::move(values), path, std::nullopt);
  }
  const bool png = absl::EndsWithIgnoreCase(path, ".png");
  if (!png && !absl::EndsWith(path, "idx3-ubyte") && !absl::EndsWithIgnoreCase(path, ".idx")) {
    return UsageFailure(absl::StrCat("'", path, "' is of no kind known here: .npy, .png, ",
                                     "-idx3-ubyte, .idx, or - for npy on standard input"));
  }
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(path, streams));
  return png ? LoadPng(path, bytes) : LoadIdx(path, bytes);
}

absl::StatusOr<std::vector<int>> LoadLabels(const std::string& path, const Streams& streams) {
  std::vector<int> labels;
  if (IsNpy(path)) {
    CAE_ASSIGN_OR_RETURN(const Matrix values, LoadNpy(path, streams));
    for (const float value : values.reshaped<Eigen::RowMajor>()) {
      if (value != std::floor(value) || value < 0 || value > 1e6f) {
        return InFile(path, absl::InvalidArgumentError(
                                absl::StrCat(value, " is no class; classes are 0, 1, 2, ...")));
      }
      labels.push_back(static_cast<int>(value));
    }
    return labels;
  }
  if (!absl::EndsWith(path, "idx1-ubyte") && !absl::EndsWithIgnoreCase(path, ".idx")) {
    return UsageFailure(
        absl::StrCat("'", path, "' holds no labels known here: .npy, -idx1-ubyte ", "or .idx"));
  }
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(path, streams));
  const absl::StatusOr<std::vector<std::uint8_t>> parsed = ParseIdxLabels(bytes);
  if (!parsed.ok()) return InFile(path, parsed.status());
  labels.assign(parsed->begin(), parsed->end());
  return labels;
}

}  // namespace cae
