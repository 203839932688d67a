#include "client/record_file.h"

#include <zlib.h>

#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {
namespace {

// As PNG's: no text file begins so, and a transfer that takes the file for text breaks it visibly.
constexpr char kMagic[] =
    "\x89"
    "CAE\r\n\x1a\n";
constexpr std::size_t kMagicBytes = 8;
constexpr std::size_t kKindBytes = 4;
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kFileHeaderBytes = kMagicBytes + kKindBytes + 4;
constexpr std::size_t kFrameBytes = 8;

absl::string_view KindName(RecordFileKind kind) {
  return kind == RecordFileKind::kSampleStream ? "STRM" : "STAT";
}

absl::string_view KindWords(absl::string_view name) {
  if (name == "STRM") return "a recorded sample stream";
  return name == "STAT" ? "a saved chain state" : "of a kind that this program does not know";
}

std::string LittleEndian(std::uint32_t number) {
  return {static_cast<char>(number), static_cast<char>(number >> 8),
          static_cast<char>(number >> 16), static_cast<char>(number >> 24)};
}

std::uint32_t ReadLittleEndian(absl::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    number |= std::uint32_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return number;
}

std::uint32_t Checksum(absl::string_view payload) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(payload.data()), static_cast<uInt>(payload.size())));
}

}  // namespace

bool IsRecordFile(absl::string_view bytes) {
  return absl::StartsWith(bytes, absl::string_view(kMagic, kMagicBytes));
}

std::string RecordFileHeader(RecordFileKind kind) {
  return absl::StrCat(absl::string_view(kMagic, kMagicBytes), KindName(kind),
                      LittleEndian(kVersion));
}

std::string FrameRecord(absl::string_view payload) {
  CAE_CHECK(!payload.empty() && payload.size() <= std::numeric_limits<std::int32_t>::max(),
            absl::StrCat("a record of ", payload.size(), " bytes"));
  return absl::StrCat(LittleEndian(static_cast<std::uint32_t>(payload.size())),
                      LittleEndian(Checksum(payload)), payload);
}

std::string RecordFileEnd() { return std::string(kFrameBytes, '\0'); }

RecordFileReader::RecordFileReader(absl::string_view bytes)
    : bytes_(bytes), next_(kFileHeaderBytes) {}

absl::StatusOr<RecordFileReader> RecordFileReader::Open(absl::string_view bytes,
                                                        RecordFileKind kind) {
  if (!IsRecordFile(bytes) || bytes.size() < kFileHeaderBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("not ", KindWords(KindName(kind)), ": it does not begin as one"));
  }
  const absl::string_view found = bytes.substr(kMagicBytes, kKindBytes);
  if (found != KindName(kind)) {
    return absl::InvalidArgumentError(
        absl::StrCat("not ", KindWords(KindName(kind)), ": it is ", KindWords(found)));
  }
  const std::uint32_t version = ReadLittleEndian(bytes, kMagicBytes + kKindBytes);
  if (version != kVersion) {
    return absl::InvalidArgumentError(absl::StrCat(
        "format version ", version, " of the file is unknown; this program reads ", kVersion));
  }
  return RecordFileReader(bytes);
}

absl::StatusOr<std::optional<absl::string_view>> RecordFileReader::Next() {
  const absl::string_view rest = bytes_.substr(static_cast<std::size_t>(next_));
  const auto damaged = [this](absl::string_view what) {
    return absl::DataLossError(absl::StrCat("record ", number_ + 1, " at byte ", next_, " ", what));
  };
  if (rest.empty()) {
    return absl::DataLossError(absl::StrCat("the file ends at byte ", next_, ", after ",
                                            number_ + 1, " records, without its end mark: it was ",
                                            "broken off"));
  }
  if (rest.size() < kFrameBytes) return damaged("is cut off");
  const std::uint32_t length = ReadLittleEndian(rest, 0);
  const std::uint32_t checksum = ReadLittleEndian(rest, 4);
  if (length == 0) {
    if (checksum != 0) return damaged("is damaged: the end mark is not all zeros");
    if (rest.size() > kFrameBytes) {
      return absl::DataLossError(
          absl::StrCat(rest.size() - kFrameBytes, " bytes follow the end mark at byte ", next_));
    }
    return std::nullopt;
  }
  if (length > rest.size() - kFrameBytes) {
    return damaged(absl::StrCat("says it has ", length, " bytes, the file has ",
                                rest.size() - kFrameBytes, " more: it is cut off or damaged"));
  }
  const absl::string_view payload = rest.substr(kFrameBytes, length);
  if (Checksum(payload) != checksum) {
    return damaged(absl::StrCat("of ", length, " bytes is damaged: its checksum is another"));
  }
  offset_ = next_;
  next_ += static_cast<std::int64_t>(kFrameBytes + length);
  ++number_;
  return payload;
}

}  // namespace cae
