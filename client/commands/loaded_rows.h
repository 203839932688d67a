// LoadedRows: rows out of a file, in the type that the file has them.
#ifndef CAE_CLIENT_COMMANDS_LOADED_ROWS_H_
#define CAE_CLIENT_COMMANDS_LOADED_ROWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cae/v1/model_service.pb.h"
#include "cae/v1/tensor.pb.h"
#include "client/commands/input_contents.h"
#include "client/input_rows.h"
#include "core/io/image.h"
#include "core/io/image_layout.h"
#include "core/math/matrix.h"

namespace cae {

/// Which shape its rows have only the model's card tells in the end: call FitInputs or FitCodes
/// before anything else. Bytes, pixels or |u1, stay bytes that mean b / 255; halves stay halves.
/// Failures are marked (failure.h). Thread-compatible.
class LoadedRows {
 public:
  /// A picture is cut into the tiles of `grid`, one image a row.
  static absl::StatusOr<LoadedRows> Parse(InputContents contents, std::optional<TileGrid> grid);

  /// Makes rows of the model's inputs: cuts pictures, takes an array of the model's input shape for
  /// one row. An error says what came and what the model takes.
  absl::Status FitInputs(const v1::Model& card);

  /// The same for codes of a layer, 0 = the top; the last axis is a code, those before it are rows.
  absl::Status FitCodes(const v1::Model& card, int layer);

  /// Keeps the first `limit` rows; 0 = all.
  void Truncate(Index limit);

  /// For a Client. A view: `this` must outlive it.
  InputRows view() const;
  /// As floats: bytes divided by 255.
  Matrix values() const;
  Index rows() const { return tensor_.shape(0); }

 private:
  absl::Status ParseArray(std::string bytes);
  absl::Status FitPicture(const v1::Model& card);
  void SetPixels(const std::uint8_t* pixels, Index rows, Index cols);
  absl::Status Refuse(const v1::Model& card, const std::string& came,
                      const std::string& takes) const;

  std::string name_;
  std::optional<TileGrid> grid_;
  std::optional<Image> picture_;     ///< not yet cut
  std::vector<std::int64_t> shape_;  ///< of the array in the file
  v1::Tensor tensor_;                ///< [rows, columns]
};

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_LOADED_ROWS_H_
