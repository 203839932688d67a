#include "core/io/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"

namespace cae {
namespace {

constexpr std::size_t kStep = 1 << 16;

/// zlib's state, freed with its scope.
class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (ready_) inflateEnd(&stream_);
  }

  bool ready() const { return ready_; }
  z_stream& stream() { return stream_; }

 private:
  z_stream stream_ = {};
  bool ready_ = false;
};

/// Unpacks the member at the beginning of `bytes`, removes it there and appends to `unpacked`.
absl::Status GunzipMember(std::int64_t max_bytes, absl::string_view& bytes, std::string& unpacked) {
  Inflater inflater;
  if (!inflater.ready()) return absl::ResourceExhaustedError("no memory to unpack gzip");
  z_stream& stream = inflater.stream();
  std::array<char, kStep> step;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    if (bytes.empty()) return absl::InvalidArgumentError("the gzip file ends too early");
    const std::size_t offered =
        std::min<std::size_t>(bytes.size(), std::numeric_limits<uInt>::max());
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // only read
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = reinterpret_cast<Bytef*>(step.data());
    stream.avail_out = static_cast<uInt>(step.size());
    result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the gzip file is damaged", stream.msg == nullptr ? "" : absl::StrCat(": ", stream.msg)));
    }
    bytes.remove_prefix(offered - stream.avail_in);
    const std::size_t more = step.size() - stream.avail_out;
    if (static_cast<std::int64_t>(unpacked.size() + more) > max_bytes) {
      return absl::ResourceExhaustedError(absl::StrCat("the gzip file unpacks to more than the ",
                                                       max_bytes, " bytes that are allowed"));
    }
    unpacked.append(step.data(), more);
  }
  return absl::OkStatus();
}

}  // namespace

bool IsGzip(absl::string_view bytes) { return bytes.substr(0, 2) == "\x1f\x8b"; }

absl::StatusOr<std::string> Gunzip(absl::string_view bytes, std::int64_t max_bytes) {
  std::string unpacked;
  do {
    if (!IsGzip(bytes)) {
      return absl::InvalidArgumentError("not a gzip file, or bytes after its last member");
    }
    CAE_RETURN_IF_ERROR(GunzipMember(max_bytes, bytes, unpacked));
  } while (!bytes.empty());
  return unpacked;
}

}  // namespace cae
