// RunCheckpoints: the one checkpoint file of a run, from the start or the resumption to the end.
#ifndef CAE_TRAINER_CHECKPOINT_RUN_CHECKPOINTS_H_
#define CAE_TRAINER_CHECKPOINT_RUN_CHECKPOINTS_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/checkpoint/checkpoint_file.h"
#include "trainer/training/stage_checkpoints.h"

namespace cae {

struct RunCheckpointsOptions {
  std::string path;
  int every = 1;  ///< epochs from one checkpoint to the next; the last of a stage has one, too
  bool resume = false;  ///< go on from the file, if there is one
  RunIdentity identity;
  std::vector<std::string> may_differ =
      {};  ///< names in the identity of which another value will do
};

/// A file holds the whole state of the run: what is the run's own (AddRunState) and what is its
/// current stage's. Each write replaces it atomically, so that whatever ends the process, the file
/// is the last checkpoint, whole. Thread-compatible.
class RunCheckpoints : public StageCheckpoints {
 public:
  /// Reads and checks the file that a run resumes from. FAILED_PRECONDITION if it is of another run
  /// (naming what differs) or if it is there and `resume` is not set: nobody loses hours of work to
  /// a forgotten flag. DATA_LOSS if it is damaged.
  static absl::StatusOr<std::unique_ptr<RunCheckpoints>> Open(RunCheckpointsOptions options);

  /// The stage in which the run goes on; 0 for a run from the start.
  int stage() const { return static_cast<int>(stage_); }
  bool resuming() const { return reader_ != nullptr; }
  const std::string& path() const { return options_.path; }
  /// How the run that made the checkpoint differs from this one, in words; empty if it does not.
  const std::string& changes() const { return changes_; }

  /// State that does not belong to the current stage: saved with every checkpoint from now on and,
  /// where the run resumes, restored at once.
  absl::Status AddRunState(Exchange exchange);

  absl::Status Restore(int stage_number, const Exchange& exchange) override;
  absl::Status AfterEpoch(int stage_number, int epoch, int epochs,
                          const Exchange& exchange) override;
  absl::Status OnCancel(int stage_number, const Exchange& exchange) override;

  /// Is there a checkpoint of this run on the disk?
  bool saved() const { return saved_; }
  /// The run is through: takes the file away.
  void Remove();

 private:
  explicit RunCheckpoints(RunCheckpointsOptions options) : options_(std::move(options)) {}
  absl::Status Save(int stage_number, const Exchange& exchange);
  absl::Status ReaderStatus() const;

  const RunCheckpointsOptions options_;
  std::vector<Exchange> run_state_;
  std::unique_ptr<CheckpointReader> reader_;  // until its stage is restored
  std::string changes_;
  std::int64_t stage_ = 0;
  bool saved_ = false;
};

/// Adds to the notes of a card, under `prefix` and "changed_on_resuming", what the run that is
/// resumed was told otherwise, if anything.
void NoteChanges(const RunCheckpoints& checkpoints, absl::string_view prefix,
                 std::map<std::string, std::string>& notes);

}  // namespace cae

#endif  // CAE_TRAINER_CHECKPOINT_RUN_CHECKPOINTS_H_
