#include "client/commands/picture.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/failure.h"
#include "core/base/status_macros.h"
#include "core/io/image_layout.h"

namespace cae {

absl::StatusOr<ImageGridLayout> PictureLayout(const v1::Model& card) {
  std::vector<Index> sizes;  // without channels of size 1
  for (const Index size : card.input_shape()) {
    if (size != 1) sizes.push_back(size);
  }
  Index pixels = 0;
  if (sizes.size() != 2 || __builtin_mul_overflow(sizes[0], sizes[1], &pixels) ||
      pixels != card.input_units()) {
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

absl::StatusOr<Image> TangentsPicture(ConstMatrixView inputs, ConstMatrixView directions,
                                      Index rank, const v1::Model& card) {
  constexpr Index kGap = 4;
  CAE_ASSIGN_OR_RETURN(ImageGridLayout layout, PictureLayout(card));
  layout.columns = 1;
  CAE_ASSIGN_OR_RETURN(const Image left, Local(GreyImageGrid(ToGrey(inputs, card), layout)));
  layout.columns = rank;
  CAE_ASSIGN_OR_RETURN(const Image right, Local(SignedImageGrid(directions, layout)));
  return Local(Beside(left, kGap, right));
}

}  // namespace cae
