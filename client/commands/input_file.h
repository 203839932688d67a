// Reads what a command is given: rows, codes or labels, from a file or standard input.
#ifndef CAE_CLIENT_COMMANDS_INPUT_FILE_H_
#define CAE_CLIENT_COMMANDS_INPUT_FILE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/commands/loaded_rows.h"
#include "client/commands/streams.h"
#include "core/io/image_layout.h"

namespace cae {

/// Images or vectors: npy ([n, d], [n, height, width] or one row), npz, png or idx. Failures here
/// and below are marked (failure.h).
absl::StatusOr<LoadedRows> LoadRows(const std::string& path, std::optional<TileGrid> grid,
                                    const Streams& streams);

/// Numbers alone: npy or npz.
absl::StatusOr<LoadedRows> LoadCodes(const std::string& path, const Streams& streams);

/// Class numbers: npy, npz or idx.
absl::StatusOr<std::vector<int>> LoadLabels(const std::string& path, const Streams& streams);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_INPUT_FILE_H_
