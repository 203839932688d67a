#include "client/commands/input_contents.h"

#include <cstdint>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/commands/failure.h"
#include "client/record_file.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/gzip.h"
#include "core/io/npz.h"
#include "core/io/quoted.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxInputBytes = std::int64_t{4} << 30;
constexpr absl::string_view kMemberSeparator = ".npz:";
constexpr std::size_t kNamesShown = 10;

/// "FILE.npz:NAME" in its parts; without a name the second is empty.
std::pair<std::string, std::string> SplitMember(const std::string& path) {
  const std::size_t at = path.rfind(std::string(kMemberSeparator));
  if (at == std::string::npos) return {path, ""};
  const std::size_t end = at + kMemberSeparator.size();
  return {path.substr(0, end - 1), path.substr(end)};
}

absl::StatusOr<std::string> ReadBytes(const std::string& path, const Streams& streams) {
  if (path == "-") return Local(ReadStream(streams.input, "standard input", kMaxInputBytes));
  return Local(ReadFile(path, kMaxInputBytes));
}

absl::StatusOr<std::string> ReadMember(absl::string_view archive, const std::string& member) {
  CAE_ASSIGN_OR_RETURN(const NpzFile file, NpzFile::Open(archive));
  if (!member.empty()) return file.Read(member, kMaxInputBytes);
  if (file.names().size() == 1) return file.Read(file.names()[0], kMaxInputBytes);
  const std::size_t shown = std::min(file.names().size(), kNamesShown);
  return absl::InvalidArgumentError(absl::StrCat(
      "the archive has ", file.names().size(), " arrays; name one as FILE.npz:NAME",
      shown > 0 ? ": " : "",
      absl::StrJoin(file.names().begin(), file.names().begin() + static_cast<std::ptrdiff_t>(shown),
                    ", ", [](std::string* out, const std::string& name) { *out += Quoted(name); }),
      shown < file.names().size() ? ", ..." : ""));
}

absl::StatusOr<InputKind> FindKind(absl::string_view bytes) {
  if (absl::StartsWith(bytes, "\x93NUMPY")) return InputKind::kNpy;
  if (absl::StartsWith(bytes, "\x89PNG")) return InputKind::kPng;
  // Two zero bytes, then the type of the elements, of which idx.h takes one.
  if (bytes.size() >= 4 && bytes[0] == 0 && bytes[1] == 0) return InputKind::kIdx;
  if (bytes.empty()) return absl::InvalidArgumentError("there is nothing in it");
  if (IsRecordFile(bytes)) {
    return absl::InvalidArgumentError("a recorded stream or state; `cae replay` reads recordings");
  }
  return absl::InvalidArgumentError(
      "of no kind known here: .npy, .npz, .png or idx, also packed by gzip");
}

}  // namespace

absl::Status InInput(const std::string& name, const absl::Status& status) {
  return Local(absl::Status(status.code(), absl::StrCat(name, ": ", status.message())));
}

absl::StatusOr<InputContents> ReadInput(const std::string& path, const Streams& streams) {
  const auto [file, member] = SplitMember(path);
  InputContents contents;
  contents.name = path == "-" ? "standard input" : path;
  CAE_ASSIGN_OR_RETURN(contents.bytes, ReadBytes(file, streams));
  if (IsGzip(contents.bytes)) {
    absl::StatusOr<std::string> unpacked = Gunzip(contents.bytes, kMaxInputBytes);
    if (!unpacked.ok()) return InInput(contents.name, unpacked.status());
    contents.bytes = *std::move(unpacked);
  }
  if (IsNpz(contents.bytes)) {
    absl::StatusOr<std::string> array = ReadMember(contents.bytes, member);
    if (!array.ok()) return InInput(contents.name, array.status());
    contents.bytes = *std::move(array);
  } else if (!member.empty()) {
    return InInput(contents.name, absl::InvalidArgumentError("the file is no npz archive"));
  }
  const absl::StatusOr<InputKind> kind = FindKind(contents.bytes);
  if (!kind.ok()) return InInput(contents.name, kind.status());
  contents.kind = *kind;
  return contents;
}

}  // namespace cae
