// Record files: the container of recorded sample streams and of saved chain states.
// docs/stream_format.md describes it; nothing that is read is trusted.
#ifndef CAE_CLIENT_RECORD_FILE_H_
#define CAE_CLIENT_RECORD_FILE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// What a record file holds. The values stand in files: none is ever changed.
enum class RecordFileKind {
  kSampleStream,  ///< "STRM"
  kSampleState,   ///< "STAT"
};

/// Whether the bytes begin as a record file of any kind does.
bool IsRecordFile(absl::string_view bytes);

/// What stands before the first record.
std::string RecordFileHeader(RecordFileKind kind);

/// A record as it stands in the file: length, checksum, payload. The payload is not empty and
/// shorter than 2 GiB.
std::string FrameRecord(absl::string_view payload);

/// What stands after the last record.
std::string RecordFileEnd();

/// The records of a file in memory, one after the other. Thread-compatible; the bytes must outlive
/// it.
class RecordFileReader {
 public:
  /// INVALID_ARGUMENT for bytes of another kind or a format version that is not known.
  static absl::StatusOr<RecordFileReader> Open(absl::string_view bytes, RecordFileKind kind);

  /// The payload of the next record, a view into the bytes; nullopt at the end mark. DATA_LOSS,
  /// naming the offset: the bytes end before the end mark, a record is damaged, or bytes follow the
  /// end mark. After an error or nullopt it says the same again.
  absl::StatusOr<std::optional<absl::string_view>> Next();

  /// Where the record of the last Next begins, and its number from 0.
  std::int64_t offset() const { return offset_; }
  std::int64_t number() const { return number_; }

 private:
  explicit RecordFileReader(absl::string_view bytes);

  absl::string_view bytes_;
  std::int64_t offset_ = 0;
  std::int64_t next_;
  std::int64_t number_ = -1;
};

}  // namespace cae

#endif  // CAE_CLIENT_RECORD_FILE_H_
