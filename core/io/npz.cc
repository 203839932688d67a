#include "core/io/npz.h"

#include <zip.h>

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/quoted.h"

namespace cae {
namespace {

constexpr char kSuffix[] = ".npy";
// A stored bit of deflate's best case stands for 258 bytes in about 2 bits: 1032 to 1.
constexpr std::uint64_t kLargestRatio = 1032;
constexpr std::size_t kNamesShown = 10;
// 1 January 1980, the first day that zip knows.
constexpr zip_uint16_t kFirstDate = 0x21;

/// libzip's account of what went wrong, freed with its scope.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  ~ZipError() { zip_error_fini(&error_); }

  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

using ZipPointer = std::unique_ptr<zip_t, decltype(&zip_discard)>;
using SourcePointer = std::unique_ptr<zip_source_t, decltype(&zip_source_free)>;
using FilePointer = std::unique_ptr<zip_file_t, decltype(&zip_fclose)>;

absl::Status CheckMember(const zip_stat_t& stat, std::size_t archive_bytes, absl::string_view name,
                         std::int64_t max_bytes) {
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
  const auto refuse = [name](absl::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("array ", Quoted(name), " ", what));
  };
  if ((stat.valid & kNeeded) != kNeeded) return refuse("has no sizes");
  if ((stat.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && stat.encryption_method != ZIP_EM_NONE) {
    return refuse("is encrypted");
  }
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    return refuse("is packed by a method that NumPy does not use");
  }
  if (stat.comp_size > archive_bytes || stat.size / kLargestRatio > stat.comp_size) {
    return refuse(absl::StrCat("is said to unpack ", stat.comp_size, " bytes to ", stat.size,
                               ", in an archive of ", archive_bytes));
  }
  if (stat.size > static_cast<std::uint64_t>(std::max<std::int64_t>(max_bytes, 0))) {
    return absl::ResourceExhaustedError(absl::StrCat("array ", Quoted(name), " has ", stat.size,
                                                     " bytes, the limit is ", max_bytes));
  }
  return absl::OkStatus();
}

}  // namespace

struct NpzFile::Archive {
  ZipPointer zip{nullptr, zip_discard};
  std::size_t bytes = 0;
};

NpzFile::NpzFile(std::unique_ptr<Archive> archive) : archive_(std::move(archive)) {}
NpzFile::NpzFile(NpzFile&&) noexcept = default;
NpzFile& NpzFile::operator=(NpzFile&&) noexcept = default;
NpzFile::~NpzFile() = default;

bool IsNpz(absl::string_view bytes) {
  return absl::StartsWith(bytes, "PK\x03\x04") || absl::StartsWith(bytes, "PK\x05\x06");
}

absl::StatusOr<NpzFile> NpzFile::Open(absl::string_view bytes) {
  // libzip takes no bytes at all for an archive without members, and skips what stands before one.
  if (!IsNpz(bytes)) {
    return absl::InvalidArgumentError("not an npz file: it does not begin as a zip archive");
  }
  ZipError error;
  SourcePointer source(
      zip_source_buffer_create(bytes.data(), bytes.size(), /*freep=*/0, error.get()),
      zip_source_free);
  auto archive = std::make_unique<Archive>();
  archive->bytes = bytes.size();
  if (source != nullptr) {
    archive->zip.reset(zip_open_from_source(source.get(), ZIP_RDONLY, error.get()));
  }
  if (archive->zip == nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("not an npz file: ", error.text()));
  }
  static_cast<void>(source.release());  // the archive's now
  NpzFile file(std::move(archive));
  std::set<absl::string_view> seen;
  const zip_int64_t entries = zip_get_num_entries(file.archive_->zip.get(), 0);
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* text = zip_get_name(file.archive_->zip.get(), static_cast<zip_uint64_t>(i), 0);
    const absl::string_view name = text == nullptr ? absl::string_view() : text;
    if (!absl::EndsWith(name, kSuffix)) continue;
    if (!seen.insert(name).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the npz file has the array ", Quoted(name), " twice"));
    }
    file.names_.emplace_back(name.substr(0, name.size() - (sizeof(kSuffix) - 1)));
  }
  return file;
}

absl::StatusOr<std::string> NpzFile::Read(absl::string_view name, std::int64_t max_bytes) const {
  zip_t* zip = archive_->zip.get();
  const std::string member = absl::StrCat(name, kSuffix);
  const zip_int64_t index = zip_name_locate(zip, member.c_str(), ZIP_FL_ENC_GUESS);
  if (index < 0) {
    const std::size_t shown = std::min(names_.size(), kNamesShown);
    return absl::NotFoundError(absl::StrCat(
        "the npz file has no array ", Quoted(name), "; it has ",
        absl::StrJoin(names_.begin(), names_.begin() + static_cast<std::ptrdiff_t>(shown), ", ",
                      [](std::string* out, const std::string& one) { *out += Quoted(one); }),
        shown < names_.size() ? ", ..." : ""));
  }
  zip_stat_t stat;
  zip_stat_init(&stat);
  const auto damaged = [&name](absl::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat("array ", Quoted(name), " of the npz file is damaged: ", what));
  };
  if (zip_stat_index(zip, static_cast<zip_uint64_t>(index), 0, &stat) != 0) {
    return damaged(zip_strerror(zip));
  }
  CAE_RETURN_IF_ERROR(CheckMember(stat, archive_->bytes, name, max_bytes));
  const FilePointer file(zip_fopen_index(zip, static_cast<zip_uint64_t>(index), 0), zip_fclose);
  if (file == nullptr) return damaged(zip_strerror(zip));
  std::string contents(stat.size, '\0');
  std::size_t used = 0;
  while (used < contents.size()) {
    const zip_int64_t count = zip_fread(file.get(), contents.data() + used, contents.size() - used);
    if (count <= 0) {
      return damaged(count == 0 ? "it ends too early" : zip_file_strerror(file.get()));
    }
    used += static_cast<std::size_t>(count);
  }
  // The read that meets the end is the one that compares the checksum.
  char beyond = 0;
  const zip_int64_t end = zip_fread(file.get(), &beyond, 1);
  if (end < 0) return damaged(zip_file_strerror(file.get()));
  if (end > 0) return damaged("it is longer than it says");
  return contents;
}

namespace {

absl::Status AddMember(zip_t* zip, const NpzArray& array) {
  const std::string member = absl::StrCat(array.name, kSuffix);
  SourcePointer source(zip_source_buffer(zip, array.npy.data(), array.npy.size(), /*freep=*/0),
                       zip_source_free);
  zip_int64_t index = -1;
  if (source != nullptr && !array.name.empty()) {
    index = zip_file_add(zip, member.c_str(), source.get(), ZIP_FL_ENC_UTF_8);
  }
  if (index < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("an npz file cannot hold the array ", Quoted(array.name), ": ",
                     array.name.empty() ? "it has no name" : zip_strerror(zip)));
  }
  static_cast<void>(source.release());  // the archive's now
  const auto added = static_cast<zip_uint64_t>(index);
  if (zip_set_file_compression(zip, added, ZIP_CM_STORE, 0) != 0 ||
      zip_file_set_dostime(zip, added, 0, kFirstDate, 0) != 0) {
    return absl::InternalError(absl::StrCat("cannot write an npz file: ", zip_strerror(zip)));
  }
  return absl::OkStatus();
}

/// All bytes of a source that an archive was written to.
absl::StatusOr<std::string> ReadSource(zip_source_t* source) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  if (zip_source_open(source) != 0 || zip_source_stat(source, &stat) != 0) {
    return absl::InternalError("cannot read the npz file that was written");
  }
  std::string bytes(stat.size, '\0');
  const zip_int64_t count = zip_source_read(source, bytes.data(), bytes.size());
  zip_source_close(source);
  if (count != static_cast<zip_int64_t>(bytes.size())) {
    return absl::InternalError("cannot read the npz file that was written");
  }
  return bytes;
}

}  // namespace

absl::StatusOr<std::string> SerializeNpz(absl::Span<const NpzArray> arrays) {
  ZipError error;
  const SourcePointer source(zip_source_buffer_create(nullptr, 0, 0, error.get()), zip_source_free);
  ZipPointer zip(nullptr, zip_discard);
  if (source != nullptr) {
    zip_source_keep(source.get());  // opening takes one reference, reading afterwards needs another
    zip.reset(zip_open_from_source(source.get(), ZIP_TRUNCATE, error.get()));
    if (zip == nullptr) zip_source_free(source.get());
  }
  if (zip == nullptr) {
    return absl::InternalError(absl::StrCat("cannot write an npz file: ", error.text()));
  }
  for (const NpzArray& array : arrays) CAE_RETURN_IF_ERROR(AddMember(zip.get(), array));
  if (zip_close(zip.get()) != 0) {
    return absl::InternalError(absl::StrCat("cannot write an npz file: ", zip_strerror(zip.get())));
  }
  static_cast<void>(zip.release());  // closing freed it
  return ReadSource(source.get());
}

}  // namespace cae
