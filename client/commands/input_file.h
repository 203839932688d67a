// Reads what a command is given: rows from .npy, .png and idx files or standard input.
#ifndef CAE_CLIENT_COMMANDS_INPUT_FILE_H_
#define CAE_CLIENT_COMMANDS_INPUT_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cae/v1/model_service.pb.h"
#include "client/commands/streams.h"
#include "client/input_rows.h"
#include "core/math/matrix.h"

namespace cae {

/// Rows out of a file: floats, or the bytes of pixels. Thread-compatible.
class LoadedRows {
 public:
  /// `image` is height and width where the file tells them.
  LoadedRows(std::variant<Matrix, MatrixOf<std::uint8_t>> rows, std::string name,
             std::optional<std::pair<Index, Index>> image)
      : rows_(std::move(rows)), name_(std::move(name)), image_(image) {}

  /// For a Client. A view: `this` must outlive it.
  InputRows view() const;
  /// As floats: pixels divided by 255.
  Matrix values() const;
  Index rows() const { return view().rows(); }

  /// Keeps the first `limit` rows; 0 = all.
  void Truncate(Index limit);

  /// OK if images have the height and width that the model takes. Where the file tells no size the
  /// server looks at the number of columns.
  absl::Status CheckFits(const v1::Model& card) const;

 private:
  std::variant<Matrix, MatrixOf<std::uint8_t>> rows_;
  std::string name_;
  std::optional<std::pair<Index, Index>> image_;
};

/// Images or vectors from PATH: ".npy" ([n, d], [n, height, width] or one row [d]), ".png" (one
/// image), "-idx3-ubyte" or ".idx"; "-" is npy on standard input. Pixels stay bytes. Failures are
/// marked (failure.h).
absl::StatusOr<LoadedRows> LoadRows(const std::string& path, const Streams& streams);

/// Numbers alone: ".npy" or "-".
absl::StatusOr<Matrix> LoadNpy(const std::string& path, const Streams& streams);

/// Class numbers from ".npy", "-idx1-ubyte" or ".idx".
absl::StatusOr<std::vector<int>> LoadLabels(const std::string& path, const Streams& streams);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_INPUT_FILE_H_
