#include "client/commands/output_options.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/commands/failure.h"
#include "client/commands/number_check.h"

namespace cae {

NpyType OutputOptions::npy_type() const {
  if (type == v1::DATA_TYPE_FLOAT16) return NpyType::kFloat16;
  return type == v1::DATA_TYPE_UINT8 ? NpyType::kUint8 : NpyType::kFloat32;
}

bool IsPngPath(absl::string_view path) { return absl::EndsWithIgnoreCase(path, ".png"); }

bool IsNpzPath(absl::string_view path) { return absl::EndsWithIgnoreCase(path, ".npz"); }

void AddOutputOption(CLI::App& parser, const std::string& what, OutputOptions& options) {
  parser.add_option("-o,--output", options.path, what)->type_name("FILE");
}

void AddOutputTypeOption(CLI::App& parser, OutputOptions& options) {
  static const std::map<std::string, v1::DataType> kTypes = {{"float32", v1::DATA_TYPE_FLOAT32},
                                                             {"float16", v1::DATA_TYPE_FLOAT16},
                                                             {"bfloat16", v1::DATA_TYPE_BFLOAT16},
                                                             {"uint8", v1::DATA_TYPE_UINT8}};
  parser
      .add_option_function<std::string>(
          "--output-type", [&options](const std::string& word) { options.type = kTypes.at(word); },
          "What the server sends and files hold (default: float32). uint8 is round(255 v) of "
          "numbers in [0, 1]; bfloat16 stands as float32 in files")
      ->check(CLI::IsMember({"float32", "float16", "bfloat16", "uint8"}))
      ->type_name("TYPE");
}

void AddScaleOption(CLI::App& parser, OutputOptions& options) {
  parser.add_option("--scale", options.scale, "Draw each pixel of a .png N times as large")
      ->check(AtLeast(1))
      ->capture_default_str()
      ->type_name("N");
}

void AddColumnsOption(CLI::App& parser, OutputOptions& options) {
  parser.add_option("--columns", options.columns, "Images in a row of a .png (default: chosen)")
      ->check(AtLeast(1))
      ->type_name("N");
}

absl::Status CheckOutput(const OutputOptions& output, OutputKinds kinds,
                         const GlobalOptions& options) {
  const std::string& path = output.path;
  if (path == "-" && options.json) {
    return UsageFailure("--json and '--output -' both want standard output; give a file name");
  }
  const bool picture = IsPngPath(path);
  if (!picture && (output.scale != 1 || output.columns != 0)) {
    return UsageFailure("--scale and --columns are for pictures; write one with --output FILE.png");
  }
  if (path.empty() || path == "-" || absl::EndsWithIgnoreCase(path, ".npy") || IsNpzPath(path) ||
      (picture && kinds == OutputKinds::kArraysOrPicture)) {
    return absl::OkStatus();
  }
  return UsageFailure(absl::StrCat("cannot write '", path, "': the output may be ",
                                   kinds == OutputKinds::kArrays
                                       ? ".npy or .npz (these numbers are no images)"
                                       : ".npy, .npz or .png",
                                   ", or - for npy on standard output"));
}

absl::Status CheckBesideOutput(absl::string_view flag, const OutputOptions& output,
                               const GlobalOptions& options) {
  if (options.json || IsNpzPath(output.path)) return absl::OkStatus();
  return UsageFailure(
      absl::StrCat("what ", flag, " asks for has no place to go: add --output FILE.npz or --json"));
}

}  // namespace cae
