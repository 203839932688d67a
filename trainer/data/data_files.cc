#include "trainer/data/data_files.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/sha256.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxFileBytes = std::int64_t{1} << 32;

}  // namespace

DataFiles::DataFiles(const std::string& folder, absl::string_view name, std::string advice)
    : folder_(absl::StrCat(folder, "/", name)), advice_(std::move(advice)) {}

absl::StatusOr<std::string> DataFiles::Read(absl::string_view file) {
  CAE_ASSIGN_OR_RETURN(std::optional<std::string> bytes, ReadIfThere(file));
  if (bytes.has_value()) return *std::move(bytes);
  return absl::NotFoundError(absl::StrCat(Path(file), ": no such file; ", advice_,
                                          ", or say where it lies with --data or CAE_DATA_DIR"));
}

absl::StatusOr<std::optional<std::string>> DataFiles::ReadIfThere(absl::string_view file) {
  absl::StatusOr<std::string> bytes = ReadFile(Path(file), kMaxFileBytes);
  if (absl::IsNotFound(bytes.status())) return std::nullopt;
  if (!bytes.ok()) return bytes.status();
  digests_[std::string(file)] = Sha256Hex(*bytes);
  return std::optional<std::string>(*std::move(bytes));
}

absl::Status DataFiles::Fault(absl::string_view file, absl::string_view reason) const {
  return absl::InvalidArgumentError(absl::StrCat(Path(file), ": ", reason));
}

std::string DataFiles::Path(absl::string_view file) const {
  return absl::StrCat(folder_, "/", file);
}

}  // namespace cae
