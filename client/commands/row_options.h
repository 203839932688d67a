// The options of subcommands that send rows of inputs.
#ifndef CAE_CLIENT_COMMANDS_ROW_OPTIONS_H_
#define CAE_CLIENT_COMMANDS_ROW_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "client/commands/input_file.h"
#include "client/commands/session.h"

namespace cae {

/// Plain data.
struct RowOptions {
  std::string input;
  std::optional<TileGrid> grid;
  std::int64_t limit = 0;
  bool allow_out_of_range = false;
};

/// --input, --grid, --limit, --allow-out-of-range.
void AddRowOptions(CLI::App& parser, RowOptions& options);

// Each alone, for commands that take only some of them.
void AddGridOption(CLI::App& parser, std::optional<TileGrid>& grid);
void AddLimitOption(CLI::App& parser, std::int64_t& limit);
void AddOutOfRangeOption(CLI::App& parser, bool& allow);

/// What a command works on. The rows are read before the server is asked.
struct RowTask {
  LoadedRows rows;
  Target target;
};
absl::StatusOr<RowTask> PrepareRows(const RowOptions& options, Session& session);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_ROW_OPTIONS_H_
