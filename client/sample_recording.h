// Recorded sample streams: written while they arrive, read again without a server.
// docs/stream_format.md describes the file.
#ifndef CAE_CLIENT_SAMPLE_RECORDING_H_
#define CAE_CLIENT_SAMPLE_RECORDING_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cae/v1/cae_service.pb.h"
#include "cae/v1/model_service.pb.h"
#include "client/stub.h"
#include "core/io/append_file.h"

namespace cae {

/// Writes a stream to a file as it arrives: what came is in the file, even where the program is
/// ended. Thread-compatible.
class SampleRecorder {
 public:
  /// Makes the file, or empties the one that is there, and writes who is asked for what.
  static absl::StatusOr<SampleRecorder> Create(const std::string& path, const v1::Model& card,
                                               const v1::SampleRequest& request);

  absl::Status Append(const v1::SampleResponse& response);

  /// The stream is complete: writes the end mark and flushes the file.
  absl::Status Finish();

 private:
  explicit SampleRecorder(AppendFile file) : file_(std::move(file)) {}
  AppendFile file_;
};

/// How much of a recording can be believed, found before any of it is used.
struct RecordingExtent {
  std::int64_t draws = 0;  ///< draws a chain, without gaps
  absl::Status damage;     ///< OK: complete; else why and at which byte it ends early
};

/// A recording in memory, a view: the bytes must outlive it and the readers it makes.
/// Thread-compatible.
class SampleRecording {
 public:
  /// Reads every record once. Errors: not a recording, or nothing that could be used: no card, no
  /// request, no header. What comes later and is damaged is told by extent().
  static absl::StatusOr<SampleRecording> Open(absl::string_view bytes);

  /// The model that was asked; as a recorded card can be anything, only as true as the file.
  const v1::Model& card() const { return card_; }
  /// What was asked for, as it was sent.
  const v1::SampleRequest& request() const { return request_; }
  /// What the chains really ran with.
  const v1::SampleHeader& header() const { return header_; }
  const RecordingExtent& extent() const { return extent_; }

  /// The messages up to extent().draws, as a server would send them.
  std::unique_ptr<SampleReader> Play() const;

  /// A request whose answer is the same bits, as long as the model is: version, seed and all other
  /// values that the server chose are filled in, and the draws are those that are here.
  v1::SampleRequest ReplayRequest() const;

 private:
  explicit SampleRecording(absl::string_view bytes) : bytes_(bytes) {}

  absl::string_view bytes_;
  std::int64_t responses_ = 0;  ///< messages within the extent
  v1::Model card_;
  v1::SampleRequest request_;
  v1::SampleHeader header_;
  RecordingExtent extent_;
};

}  // namespace cae

#endif  // CAE_CLIENT_SAMPLE_RECORDING_H_
