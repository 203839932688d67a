#include "trainer/data/file_digests.h"

#include <cstdint>
#include <filesystem>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/gzip.h"
#include "core/io/sha256.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxFileBytes = 64 << 20;

absl::StatusOr<std::string> ReadPlainOrPacked(const std::string& path) {
  absl::StatusOr<std::string> plain = ReadFile(path, kMaxFileBytes);
  if (!absl::IsNotFound(plain.status())) return plain;
  const absl::StatusOr<std::string> packed = ReadFile(path + ".gz", kMaxFileBytes);
  if (!packed.ok()) return plain;
  absl::StatusOr<std::string> bytes = Gunzip(*packed, kMaxFileBytes);
  if (bytes.ok()) return bytes;
  return absl::Status(bytes.status().code(), absl::StrCat(path, ".gz: ", bytes.status().message()));
}

absl::Status CheckDigest(const std::string& path, const std::string& bytes,
                         const std::string& expected) {
  const std::string found = Sha256Hex(bytes);
  if (found == expected) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat(path, ": is not the file it should be: SHA-256 is ",
                                          found, ", expected ", expected));
}

}  // namespace

absl::Status CheckFiles(const std::string& folder, const FileDigests& digests) {
  for (const auto& [name, digest] : digests) {
    const std::string path = absl::StrCat(folder, "/", name);
    CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxFileBytes));
    CAE_RETURN_IF_ERROR(CheckDigest(path, bytes, digest));
  }
  return absl::OkStatus();
}

absl::Status InstallFiles(const std::string& from, const std::string& to,
                          const FileDigests& digests) {
  std::map<std::string, std::string> contents;
  for (const auto& [name, digest] : digests) {
    const std::string path = absl::StrCat(from, "/", name);
    CAE_ASSIGN_OR_RETURN(contents[name], ReadPlainOrPacked(path));
    CAE_RETURN_IF_ERROR(CheckDigest(path, contents[name], digest));
  }
  std::error_code error;
  std::filesystem::create_directories(to, error);
  if (error) {
    return absl::ErrnoToStatus(error.value(), absl::StrCat("cannot make the folder ", to));
  }
  for (const auto& [name, bytes] : contents) {
    CAE_RETURN_IF_ERROR(WriteFileAtomically(absl::StrCat(to, "/", name), bytes));
  }
  return absl::OkStatus();
}

}  // namespace cae
