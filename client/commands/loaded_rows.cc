#include "client/commands/loaded_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/failure.h"
#include "client/commands/picture.h"
#include "client/request_plan.h"
#include "core/base/status_macros.h"
#include "core/io/idx.h"
#include "core/io/npy.h"
#include "core/io/png.h"
#include "proto/codec/tensor_check.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

/// The wire's type of these npy elements, if it has one that means the same.
v1::DataType WireType(absl::string_view dtype) {
  if (dtype == "|u1") return v1::DATA_TYPE_UINT8;
  if (dtype == "<f2") return v1::DATA_TYPE_FLOAT16;
  return dtype == "<f4" ? v1::DATA_TYPE_FLOAT32 : v1::DATA_TYPE_UNSPECIFIED;
}

void SetShape(Index rows, Index cols, v1::Tensor* tensor) {
  tensor->clear_shape();
  tensor->add_shape(rows);
  tensor->add_shape(cols);
}

/// Where a picture is a grid of tiles with lines of 0 or 1 pixel: " (... --grid 4x10 ...)".
std::string GridHint(const Image& picture, const ImageGridLayout& tile) {
  for (const Index line : {1, 0}) {
    const Index height = tile.image_height + line;
    const Index width = tile.image_width + line;
    if ((picture.height + line) % height == 0 && (picture.width + line) % width == 0) {
      return absl::StrCat(". It may be a grid: --grid ", (picture.height + line) / height, "x",
                          (picture.width + line) / width, " cuts it");
    }
  }
  return ". Scale it to that size, cut it with --grid, or choose another model with --model";
}

}  // namespace

absl::StatusOr<LoadedRows> LoadedRows::Parse(InputContents contents, std::optional<TileGrid> grid) {
  LoadedRows rows;
  rows.name_ = std::move(contents.name);
  rows.grid_ = grid;
  absl::Status status;
  if (contents.kind == InputKind::kNpy) {
    status = rows.ParseArray(std::move(contents.bytes));
  } else if (contents.kind == InputKind::kPng) {
    absl::StatusOr<Image> picture = ParseGreyPng(contents.bytes);
    status = picture.status();
    if (picture.ok()) rows.picture_ = *std::move(picture);
  } else {
    const absl::StatusOr<IdxImages> images = ParseIdxImages(contents.bytes);
    status = images.status();
    if (images.ok()) {
      rows.shape_ = {images->pixels.rows(), images->height, images->width};
      rows.SetPixels(images->pixels.data(), images->pixels.rows(), images->pixels.cols());
    }
  }
  if (!status.ok()) return InInput(rows.name_, status);
  if (grid.has_value() && !rows.picture_.has_value()) {
    return UsageFailure(absl::StrCat(rows.name_, " is no picture; --grid is for .png files"));
  }
  return rows;
}

absl::Status LoadedRows::ParseArray(std::string bytes) {
  CAE_ASSIGN_OR_RETURN(const NpyView view, ParseNpyView(bytes));
  if (view.shape[0] == 0) return absl::InvalidArgumentError("the array is empty");
  shape_ = view.shape;
  // A vector is one example, not many of one unit.
  const Index rows = shape_.size() == 1 ? 1 : shape_[0];
  Index elements = 1;
  for (const std::int64_t extent : shape_) elements *= extent;
  const v1::DataType type = WireType(view.dtype);
  if (type == v1::DATA_TYPE_UNSPECIFIED) {
    CAE_ASSIGN_OR_RETURN(const NpyArray array, ParseNpy(bytes));
    const ConstMatrixView values(array.values.data(), rows, elements / rows);
    return EncodeTensor(values, {}, "array", &tensor_);
  }
  tensor_.set_data_type(type);
  SetShape(rows, elements / rows, &tensor_);
  bytes.erase(0, bytes.size() - view.data.size());
  tensor_.set_data(std::move(bytes));
  return absl::OkStatus();
}

void LoadedRows::SetPixels(const std::uint8_t* pixels, Index rows, Index cols) {
  tensor_.set_data_type(v1::DATA_TYPE_UINT8);
  SetShape(rows, cols, &tensor_);
  tensor_.set_data(pixels, static_cast<std::size_t>(rows * cols));
}

absl::Status LoadedRows::Refuse(const v1::Model& card, const std::string& came,
                                const std::string& takes) const {
  return Local(absl::InvalidArgumentError(absl::StrCat(
      name_, ": ", came, "; ", DescribeModel(card.name(), card.version()), " takes ", takes)));
}

absl::Status LoadedRows::FitPicture(const v1::Model& card) {
  CAE_ASSIGN_OR_RETURN(const ImageGridLayout tile, PictureLayout(card));
  const Image& picture = *picture_;
  const bool fits = picture.height == tile.image_height && picture.width == tile.image_width;
  if (!grid_.has_value() && !fits) {
    return Refuse(
        card, absl::StrCat("an image of ", picture.height, " x ", picture.width, " pixels"),
        absl::StrCat(tile.image_height, " x ", tile.image_width, GridHint(picture, tile)));
  }
  const auto tiles =
      CutTiles(picture, grid_.value_or(TileGrid{}), tile.image_height, tile.image_width);
  if (!tiles.ok()) return InInput(name_, tiles.status());
  SetPixels(tiles->data(), tiles->rows(), tiles->cols());
  picture_.reset();
  return absl::OkStatus();
}

absl::Status LoadedRows::FitInputs(const v1::Model& card) {
  if (picture_.has_value()) return FitPicture(card);
  const std::vector<std::int64_t> input_shape(card.input_shape().begin(), card.input_shape().end());
  const bool images = shape_.size() == 3 && input_shape.size() == 2;
  if (tensor_.shape(1) == card.input_units() &&
      (!images || (shape_[1] == input_shape[0] && shape_[2] == input_shape[1]))) {
    return absl::OkStatus();
  }
  if (shape_ == input_shape && tensor_.shape(0) * tensor_.shape(1) == card.input_units()) {
    SetShape(1, card.input_units(), &tensor_);
    return absl::OkStatus();
  }
  return Refuse(card,
                images ? absl::StrCat("images of ", shape_[1], " x ", shape_[2], " pixels")
                       : absl::StrCat("rows of ", tensor_.shape(1), " numbers"),
                absl::StrCat(images ? "" : absl::StrCat(card.input_units(), ", the shape "),
                             absl::StrJoin(input_shape, " x "),
                             ". `cae models` lists what others take; choose with --model"));
}

absl::Status LoadedRows::FitCodes(const v1::Model& card, int layer) {
  const std::int64_t units = LayerUnits(card, layer);
  // A layer that is not there is the server's to refuse.
  if (units == 0 || tensor_.shape(1) == units) return absl::OkStatus();
  if (shape_.back() == units) {  // [draws, chains, units] of `sample`
    SetShape(tensor_.shape(0) * tensor_.shape(1) / units, units, &tensor_);
    return absl::OkStatus();
  }
  return Refuse(
      card, absl::StrCat("rows of ", tensor_.shape(1), " numbers"),
      absl::StrCat("codes of ", units, " in layer ", layer == 0 ? card.layers_size() : layer,
                   "; --layer names another layer"));
}

void LoadedRows::Truncate(Index limit) {
  if (limit == 0 || limit >= rows()) return;
  const auto row_bytes = tensor_.data().size() / static_cast<std::size_t>(rows());
  tensor_.mutable_data()->resize(row_bytes * static_cast<std::size_t>(limit));
  tensor_.set_shape(0, limit);
}

InputRows LoadedRows::view() const {
  return {tensor_.data_type(), tensor_.data(), tensor_.shape(0), tensor_.shape(1)};
}

Matrix LoadedRows::values() const { return DecodeTensor(tensor_); }

}  // namespace cae
