#include "core/io/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/errno_status.h"

namespace cae {
namespace {

constexpr std::size_t kReadStep = 1 << 16;

/// Closes the descriptor with its scope.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { Close(); }

  int get() const { return fd_; }
  bool valid() const { return fd_ >= 0; }
  /// False if the system reports a failed write only now; errno says which.
  bool Close() {
    const int fd = fd_;
    fd_ = -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
};

absl::Status FileError(absl::string_view what, absl::string_view path) {
  const int error_number = errno;
  return ErrnoStatus(error_number, absl::StrCat("cannot ", what, " '", path, "'"));
}

absl::Status TooLarge(absl::string_view name, std::int64_t max_bytes) {
  return absl::ResourceExhaustedError(
      absl::StrCat("'", name, "' has more than the ", max_bytes, " bytes that are allowed"));
}

/// The size of a regular file; INVALID_ARGUMENT for anything else.
absl::StatusOr<std::int64_t> RegularFileSize(int fd, const std::string& path) {
  struct stat status = {};
  if (::fstat(fd, &status) != 0) return FileError("read", path);
  if (S_ISDIR(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' is a folder, not a file"));
  }
  if (!S_ISREG(status.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("'", path, "' is not a regular file"));
  }
  return static_cast<std::int64_t>(status.st_size);
}

/// Reads up to the end. `expected` sizes the buffer, so that a file as long as it says is read
/// without copies; one byte more finds the end without growing.
absl::StatusOr<std::string> ReadToEnd(int fd, absl::string_view name, std::int64_t expected,
                                      std::int64_t max_bytes) {
  std::string contents;
  std::size_t used = 0;
  std::size_t step = static_cast<std::size_t>(expected) + 1;
  while (true) {
    if (used == contents.size()) contents.resize(used + step);
    step = std::max(kReadStep, used / 2);
    const ssize_t count = ::read(fd, contents.data() + used, contents.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("read", name);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > static_cast<std::size_t>(std::max<std::int64_t>(max_bytes, 0))) {
      return TooLarge(name, max_bytes);
    }
  }
  contents.resize(used);
  return contents;
}

absl::Status WriteAll(int fd, absl::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t count = ::write(fd, contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return FileError("write", path);
    contents.remove_prefix(static_cast<std::size_t>(count));
  }
  return absl::OkStatus();
}

/// The permissions of the file that is to be replaced; nullopt where there is none.
std::optional<mode_t> PermissionsOf(const std::string& path) {
  struct stat status = {};
  if (::lstat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return status.st_mode & 0777;
}

/// A name nobody uses: process numbers repeat (in a container always), so the name is random.
std::string TemporaryPath(const std::string& path) {
  std::random_device random;
  return absl::StrCat(path, ".tmp-", absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8));
}

/// Fills and flushes the new file. Messages name the final path, the one that the caller knows.
absl::Status FillFile(Descriptor& file, const std::string& path, absl::string_view contents) {
  const std::optional<mode_t> permissions = PermissionsOf(path);
  if (permissions.has_value() && ::fchmod(file.get(), *permissions) != 0) {
    return FileError("set the permissions of", path);
  }
  CAE_RETURN_IF_ERROR(WriteAll(file.get(), contents, path));
  if (::fsync(file.get()) != 0) return FileError("flush", path);
  if (!file.Close()) return FileError("close", path);
  return absl::OkStatus();
}

absl::Status FlushFolderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  std::string folder = ".";
  if (slash != std::string::npos) folder = slash == 0 ? "/" : path.substr(0, slash);
  const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that has nothing to flush for folders.
  if (!descriptor.valid() || (::fsync(descriptor.get()) != 0 && errno != EINVAL)) {
    const int error_number = errno;
    return ErrnoStatus(error_number, absl::StrCat("'", path, "' was written, but its folder '",
                                                  folder, "' cannot be flushed to the device"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, std::int64_t max_bytes) {
  // O_NONBLOCK: opening a pipe must not wait for somebody to write to it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return FileError("open", path);
  CAE_ASSIGN_OR_RETURN(const std::int64_t size, RegularFileSize(file.get(), path));
  if (size > max_bytes) {
    return absl::ResourceExhaustedError(
        absl::StrCat("'", path, "' has ", size, " bytes, the limit is ", max_bytes));
  }
  return ReadToEnd(file.get(), path, size, max_bytes);
}

absl::StatusOr<std::string> ReadStream(int descriptor, absl::string_view name,
                                       std::int64_t max_bytes) {
  return ReadToEnd(descriptor, name, /*expected=*/0, max_bytes);
}

absl::Status WriteFileAtomically(const std::string& path, absl::string_view contents) {
  const std::string temporary = TemporaryPath(path);
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (!file.valid()) return FileError("create a file beside", path);
  absl::Status status = FillFile(file, path, contents);
  if (status.ok() && std::rename(temporary.c_str(), path.c_str()) != 0) {
    status = FileError("replace", path);
  }
  if (!status.ok()) {
    ::unlink(temporary.c_str());
    return status;
  }
  return FlushFolderOf(path);
}

}  // namespace cae
