#include "client/state_file.h"

#include <cstdint>
#include <optional>

#include "absl/strings/str_cat.h"
#include "client/record_file.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"

namespace cae {
namespace {

// Above every card's max_message_bytes that makes sense.
constexpr std::int64_t kMaxStateBytes = 256 << 20;

absl::StatusOr<v1::SampleState> ParseState(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(RecordFileReader reader,
                       RecordFileReader::Open(bytes, RecordFileKind::kSampleState));
  CAE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> payload, reader.Next());
  v1::SampleState state;
  if (!payload.has_value() ||
      !state.ParseFromArray(payload->data(), static_cast<int>(payload->size()))) {
    return absl::DataLossError("its first record is no SampleState");
  }
  CAE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> more, reader.Next());
  if (more.has_value()) return absl::DataLossError("it has more than one record");
  return state;
}

}  // namespace

absl::Status WriteStateFile(const std::string& path, const v1::SampleState& state) {
  return WriteFileAtomically(path,
                             absl::StrCat(RecordFileHeader(RecordFileKind::kSampleState),
                                          FrameRecord(state.SerializeAsString()), RecordFileEnd()));
}

absl::StatusOr<v1::SampleState> ReadStateFile(const std::string& path) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxStateBytes));
  absl::StatusOr<v1::SampleState> state = ParseState(bytes);
  if (state.ok()) return state;
  return absl::Status(state.status().code(), absl::StrCat(path, ": ", state.status().message()));
}

}  // namespace cae
