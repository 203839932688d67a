#include "client/commands/picture.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/failure.h"

namespace cae {

absl::StatusOr<ImageGridLayout> PictureLayout(const v1::Model& card) {
  std::vector<Index> sizes;  // without channels of size 1
  for (const Index size : card.input_shape()) {
    if (size != 1) sizes.push_back(size);
  }
  if (sizes.size() != 2 || sizes[0] * sizes[1] != card.input_units()) {
    return Local(absl::InvalidArgumentError(absl::StrCat(
        "rows of model '", card.name(), "' v", card.version(), " are no grey images (input shape [",
        absl::StrJoin(card.input_shape(), ", "), "]); use .npy")));
  }
  return ImageGridLayout{.image_height = sizes[0], .image_width = sizes[1]};
}

Matrix ToGrey(ConstMatrixView rows, const v1::Model& card) {
  const double minimum = card.input_range().minimum();
  const double width = card.input_range().maximum() - minimum;
  if (!(width > 0)) return rows;
  return (rows.array() - static_cast<float>(minimum)) / static_cast<float>(width);
}

}  // namespace cae
