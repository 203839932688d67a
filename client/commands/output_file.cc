#include "client/commands/output_file.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/failure.h"
#include "client/commands/text_report.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/image_layout.h"
#include "core/io/npz.h"
#include "core/io/png.h"

namespace cae {
namespace {

std::string NpyBytes(const OutputArray& array) {
  return SerializeNpy(array.values, array.shape, array.type);
}

}  // namespace

OutputArray VectorArray(const std::string& name, const Vector& values) {
  return {.name = name,
          .values = ConstMatrixView(values.data(), values.size(), 1),
          .shape = {values.size()}};
}

OutputArray MatrixArray(const std::string& name, const Matrix& values, NpyType type) {
  return {.name = name, .values = values, .shape = {values.rows(), values.cols()}, .type = type};
}

absl::Status WriteArrays(const std::string& path, absl::Span<const OutputArray> arrays,
                         const Streams& streams) {
  if (IsNpzPath(path)) {
    std::vector<NpzArray> members;
    for (const OutputArray& array : arrays) members.push_back({array.name, NpyBytes(array)});
    CAE_ASSIGN_OR_RETURN(const std::string bytes, Local(SerializeNpz(members)));
    return Local(WriteFileAtomically(path, bytes));
  }
  const std::string bytes = NpyBytes(arrays[0]);
  if (path != "-") return Local(WriteFileAtomically(path, bytes));
  streams.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  streams.out.flush();
  if (!streams.out.good()) return Local(absl::DataLossError("cannot write to standard output"));
  return absl::OkStatus();
}

absl::Status WritePicture(const OutputOptions& options, const Image& picture) {
  CAE_ASSIGN_OR_RETURN(const Image enlarged, Local(Enlarge(picture, options.scale)));
  CAE_ASSIGN_OR_RETURN(const std::string bytes, Local(SerializePng(enlarged)));
  return Local(WriteFileAtomically(options.path, bytes));
}

std::string WrittenText(const std::string& path, absl::Span<const OutputArray> arrays) {
  if (path.empty() || path == "-") return "";
  if (!IsNpzPath(path)) return absl::StrCat("wrote ", path, "\n");
  return absl::StrCat("wrote ", path, ": ",
                      absl::StrJoin(arrays, ", ",
                                    [](std::string* out, const OutputArray& array) {
                                      absl::StrAppend(out, array.name, " ", ShapeText(array.shape));
                                    }),
                      "\n");
}

}  // namespace cae
