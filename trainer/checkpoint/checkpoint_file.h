// A checkpoint in a file: the state of a run as safetensors, under the digest of the whole.
#ifndef CAE_TRAINER_CHECKPOINT_CHECKPOINT_FILE_H_
#define CAE_TRAINER_CHECKPOINT_CHECKPOINT_FILE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "core/io/safetensors.h"
#include "trainer/base/state_archive.h"

namespace cae {

/// What a run is: names and values, in the order in which differences are reported. Two runs with
/// the same identity have the same bits.
using RunIdentity = std::vector<std::pair<std::string, std::string>>;

/// Collects the state of a run and gives the bytes of its checkpoint.
class CheckpointWriter : public StateArchive {
 public:
  using StateArchive::Floats;
  CheckpointWriter();
  ~CheckpointWriter() override;

  bool restoring() const override { return false; }
  void Floats(absl::string_view name, absl::Span<float> values) override;
  void Text(absl::string_view name, std::string& text) override;

  /// The bytes; the first error of what was added (OUT_OF_RANGE for numbers that are not finite).
  absl::StatusOr<std::string> Serialize(const RunIdentity& identity);

 private:
  struct Contents;
  const std::unique_ptr<Contents> contents_;
};

/// Gives back what a CheckpointWriter took. Owns the bytes.
class CheckpointReader : public StateArchive {
 public:
  using StateArchive::Floats;

  /// Checks the digest before anything else is believed: DATA_LOSS where one bit is not as it was
  /// written or the end is missing, INVALID_ARGUMENT where the bytes are no checkpoint of this
  /// format.
  static absl::StatusOr<std::unique_ptr<CheckpointReader>> Parse(std::string bytes);

  /// If the checkpoint is of this run, or of one that differs only in what `may_differ` names: what
  /// differs, in words. Otherwise FAILED_PRECONDITION with all that differs.
  absl::StatusOr<std::string> CheckIdentity(const RunIdentity& identity,
                                            const std::vector<std::string>& may_differ = {}) const;

  bool restoring() const override { return true; }
  void Floats(absl::string_view name, absl::Span<float> values) override;
  void Text(absl::string_view name, std::string& text) override;

 private:
  explicit CheckpointReader(std::string bytes) : bytes_(std::move(bytes)) {}

  const std::string bytes_;
  std::optional<SafetensorsView> view_;  // of bytes_; there once Parse is through
};

}  // namespace cae

#endif  // CAE_TRAINER_CHECKPOINT_CHECKPOINT_FILE_H_
