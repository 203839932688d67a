#include "client/commands/output_file.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/commands/failure.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/npy.h"
#include "core/io/png.h"

namespace cae {

bool IsPng(absl::string_view path) { return absl::EndsWithIgnoreCase(path, ".png"); }

absl::Status CheckOutput(const std::string& path, OutputKinds kinds, const GlobalOptions& options) {
  if (path == "-" && options.json) {
    return UsageFailure("--json and '--output -' both want standard output; give a file name");
  }
  if (path.empty() || path == "-" || absl::EndsWithIgnoreCase(path, ".npy")) {
    return absl::OkStatus();
  }
  if (kinds == OutputKinds::kNpyOrPng && IsPng(path)) return absl::OkStatus();
  return UsageFailure(absl::StrCat(
      "cannot write '", path, "': the output may be ",
      kinds == OutputKinds::kNpyOnly ? ".npy (these numbers are no images)" : ".npy or .png",
      ", or - for npy on standard output"));
}

absl::Status WriteNpy(const std::string& path, ConstMatrixView values,
                      absl::Span<const std::int64_t> shape, const Streams& streams) {
  const std::string bytes = SerializeNpy(values, shape);
  if (path != "-") return Local(WriteFileAtomically(path, bytes));
  streams.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  streams.out.flush();
  if (!streams.out.good()) return Local(absl::DataLossError("cannot write to standard output"));
  return absl::OkStatus();
}

absl::Status WritePng(const std::string& path, const Image& image) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, Local(SerializePng(image)));
  return Local(WriteFileAtomically(path, bytes));
}

}  // namespace cae
