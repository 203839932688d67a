// The options of subcommands that write files, the same in all of them.
#ifndef CAE_CLIENT_COMMANDS_OUTPUT_OPTIONS_H_
#define CAE_CLIENT_COMMANDS_OUTPUT_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cae/v1/tensor.pb.h"
#include "client/commands/session.h"
#include "core/io/npy.h"

namespace cae {

/// Plain data.
struct OutputOptions {
  std::string path;  ///< empty = no file, "-" = npy on standard output
  v1::DataType type = v1::DATA_TYPE_FLOAT32;
  int scale = 1;    ///< of pictures: pixels a side that stand for one
  int columns = 0;  ///< of pictures: images in a row; 0 = as square as it goes

  /// How files hold what the server sent as `type`. npy knows no bfloat16: those numbers stand as
  /// floats.
  NpyType npy_type() const;
};

/// Which files a result can become.
enum class OutputKinds { kArrays, kArraysOrPicture };

bool IsPngPath(absl::string_view path);
bool IsNpzPath(absl::string_view path);

/// --output; `what` tells what is written.
void AddOutputOption(CLI::App& parser, const std::string& what, OutputOptions& options);
/// --output-type: what the server sends and .npy and .npz files hold.
void AddOutputTypeOption(CLI::App& parser, OutputOptions& options);
/// --scale and --columns of pictures.
void AddScaleOption(CLI::App& parser, OutputOptions& options);
void AddColumnsOption(CLI::App& parser, OutputOptions& options);

/// Before the server is asked: OK if the path is empty, "-" or of a kind that is allowed. A result
/// on standard output and --json exclude each other.
absl::Status CheckOutput(const OutputOptions& output, OutputKinds kinds,
                         const GlobalOptions& options);

/// Before the server is asked: OK if an array beside the main one, which the option `flag` asks
/// for, has a place to go to: an .npz file or JSON.
absl::Status CheckBesideOutput(absl::string_view flag, const OutputOptions& output,
                               const GlobalOptions& options);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_OUTPUT_OPTIONS_H_
