#include "client/commands/row_options.h"

#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "client/commands/number_check.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

/// "4x10": 4 rows of 10.
std::optional<TileGrid> ParseGrid(const std::string& text) {
  const std::vector<std::string> sizes = absl::StrSplit(text, 'x');
  TileGrid grid;
  if (sizes.size() != 2 || !absl::SimpleAtoi(sizes[0], &grid.rows) ||
      !absl::SimpleAtoi(sizes[1], &grid.columns) || grid.rows < 1 || grid.columns < 1) {
    return std::nullopt;
  }
  return grid;
}

}  // namespace

void AddGridOption(CLI::App& parser, std::optional<TileGrid>& grid) {
  parser
      .add_option_function<std::string>(
          "--grid",
          [&grid](const std::string& text) {
            grid = ParseGrid(text);
            if (!grid.has_value()) {
              throw CLI::ValidationError("--grid",
                                         "'" + text + "' is no grid: write 4x10 for 4 rows of 10");
            }
          },
          "The .png is a grid of R rows of C images, drawn without --scale: cut it, left to right, "
          "then down")
      ->type_name("RxC");
}

void AddLimitOption(CLI::App& parser, std::int64_t& limit) {
  parser.add_option("--limit", limit, "Take the first N rows only (default: all)")
      ->check(AtLeast(1))
      ->type_name("N");
}

void AddOutOfRangeOption(CLI::App& parser, bool& allow) {
  parser.add_flag("--allow-out-of-range", allow,
                  "Take inputs outside the range that the model's card names");
}

void AddRowOptions(CLI::App& parser, RowOptions& options) {
  parser
      .add_option(
          "-i,--input", options.input,
          "Inputs, one a row: .npy, .npz (FILE.npz:NAME, or its only array), .png, idx, "
          "these also as .gz, or - for standard input. Bytes (pixels, |u1) mean value / 255")
      ->required()
      ->type_name("FILE");
  AddGridOption(parser, options.grid);
  AddLimitOption(parser, options.limit);
  AddOutOfRangeOption(parser, options.allow_out_of_range);
}

absl::StatusOr<RowTask> PrepareRows(const RowOptions& options, Session& session) {
  CAE_ASSIGN_OR_RETURN(LoadedRows rows, LoadRows(options.input, options.grid, session.streams()));
  CAE_ASSIGN_OR_RETURN(const Target target, session.target());
  CAE_RETURN_IF_ERROR(rows.FitInputs(*target.card));
  rows.Truncate(options.limit);
  return RowTask{.rows = std::move(rows), .target = target};
}

}  // namespace cae
