#include "core/io/append_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/errno_status.h"

namespace cae {
namespace {

absl::Status FileError(absl::string_view what, const std::string& path) {
  const int error_number = errno;
  return ErrnoStatus(error_number, absl::StrCat("cannot ", what, " '", path, "'"));
}

}  // namespace

absl::StatusOr<AppendFile> AppendFile::Create(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) return FileError("create", path);
  return AppendFile(path, descriptor);
}

AppendFile::AppendFile(AppendFile&& other) noexcept
    : path_(std::move(other.path_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

AppendFile& AppendFile::operator=(AppendFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

AppendFile::~AppendFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::Status AppendFile::Append(absl::string_view bytes) {
  CAE_CHECK(descriptor_ >= 0, "nothing is appended to a closed file");
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("write", path_);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status AppendFile::Close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor < 0) return absl::OkStatus();
  // EINVAL: a pipe or a device, which has nothing to flush.
  if (::fsync(descriptor) != 0 && errno != EINVAL) {
    absl::Status status = FileError("flush", path_);
    ::close(descriptor);
    return status;
  }
  if (::close(descriptor) != 0) return FileError("close", path_);
  return absl::OkStatus();
}

}  // namespace cae
