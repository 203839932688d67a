// Pictures of rows: what the card says about them.
#ifndef CAE_CLIENT_COMMANDS_PICTURE_H_
#define CAE_CLIENT_COMMANDS_PICTURE_H_

#include "absl/status/statusor.h"
#include "cae/v1/model_service.pb.h"
#include "core/io/image.h"
#include "core/io/image_grid.h"
#include "core/math/matrix.h"

namespace cae {

/// Height and width of the model's input rows; a marked failure where they are no grey images.
absl::StatusOr<ImageGridLayout> PictureLayout(const v1::Model& card);

/// Values of the card's input_range scaled to [0, 1], for grey pictures.
Matrix ToGrey(ConstMatrixView rows, const v1::Model& card);

/// A row for each input: the input in grey, a gap, its `rank` directions in falling order of their
/// singular values. Red is positive, blue negative, white 0; each direction has its own scale.
absl::StatusOr<Image> TangentsPicture(ConstMatrixView inputs, ConstMatrixView directions,
                                      Index rank, const v1::Model& card);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_PICTURE_H_
