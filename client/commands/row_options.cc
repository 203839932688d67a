#include "client/commands/row_options.h"

#include <utility>

#include "client/commands/number_check.h"
#include "core/base/status_macros.h"

namespace cae {

void AddRowOptions(CLI::App& parser, RowOptions& options) {
  parser
      .add_option("-i,--input", options.input,
                  "Inputs, one a row: .npy, .png (one image), -idx3-ubyte, .idx, or - for npy on "
                  "standard input. Pixels of images mean value / 255")
      ->required()
      ->type_name("FILE");
  parser.add_option("--limit", options.limit, "Take the first N rows only (default: all)")
      ->check(AtLeast(1))
      ->type_name("N");
  parser.add_flag("--allow-out-of-range", options.allow_out_of_range,
                  "Take inputs outside the range that the model's card names");
}

absl::StatusOr<RowTask> PrepareRows(const RowOptions& options, Session& session) {
  CAE_ASSIGN_OR_RETURN(LoadedRows rows, LoadRows(options.input, session.streams()));
  rows.Truncate(options.limit);
  CAE_ASSIGN_OR_RETURN(const Target target, session.target());
  CAE_RETURN_IF_ERROR(rows.CheckFits(*target.card));
  return RowTask{.rows = std::move(rows), .target = target};
}

}  // namespace cae
