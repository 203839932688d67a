// EpochLog: one line of JSON an epoch, for programs.
#ifndef CAE_TRAINER_REPORTING_EPOCH_LOG_H_
#define CAE_TRAINER_REPORTING_EPOCH_LOG_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "trainer/training/training_observer.h"

namespace cae {

/// Appends {"stage", "layer" (of layers alone), "epoch", "epochs", "learning_rate", "rows",
/// "seconds", "rows_per_second", "gradient_norm", "training": {...}, "validation": {...}} to a file
/// and flushes it. A line that cannot be written ends the run.
class EpochLog : public TrainingObserver {
 public:
  /// Opens the file for appending; PERMISSION_DENIED or NOT_FOUND with the path if it cannot.
  static absl::StatusOr<std::unique_ptr<EpochLog>> Open(const std::string& path);

  absl::Status OnEpoch(const TrainingReport& report) override;

  const std::string& path() const { return path_; }
  /// Length of the file, 0 where it has none (a pipe).
  std::int64_t bytes() const;
  /// Drops what is behind the first `bytes` bytes, if there is more.
  void CutTo(std::int64_t bytes);

 private:
  EpochLog(std::string path, std::ofstream file) : path_(std::move(path)), file_(std::move(file)) {}

  const std::string path_;
  std::ofstream file_;
};

}  // namespace cae

#endif  // CAE_TRAINER_REPORTING_EPOCH_LOG_H_
