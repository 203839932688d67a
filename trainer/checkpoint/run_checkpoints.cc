#include "trainer/checkpoint/run_checkpoints.h"

#include <filesystem>
#include <system_error>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxCheckpointBytes = std::int64_t{16} << 30;

absl::Status At(const std::string& path, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat("checkpoint ", path, ": ", status.message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunCheckpoints>> RunCheckpoints::Open(
    RunCheckpointsOptions options) {
  auto checkpoints = absl::WrapUnique(new RunCheckpoints(std::move(options)));
  const std::string& path = checkpoints->path();
  std::error_code error;
  const bool exists = std::filesystem::exists(path, error);
  if (exists && !checkpoints->options_.resume) {
    return absl::FailedPreconditionError(absl::StrCat(
        "checkpoint ", path, ": is there already; go on from it with --resume, or remove it"));
  }
  if (!exists) return checkpoints;
  CAE_ASSIGN_OR_RETURN(std::string bytes, ReadFile(path, kMaxCheckpointBytes));
  absl::StatusOr<std::unique_ptr<CheckpointReader>> reader =
      CheckpointReader::Parse(std::move(bytes));
  if (!reader.ok()) return At(path, reader.status());
  absl::StatusOr<std::string> changes =
      (*reader)->CheckIdentity(checkpoints->options_.identity, checkpoints->options_.may_differ);
  if (!changes.ok()) return At(path, changes.status());
  checkpoints->changes_ = *std::move(changes);
  checkpoints->reader_ = *std::move(reader);
  checkpoints->saved_ = true;
  checkpoints->reader_->Integer("stage", checkpoints->stage_);
  CAE_RETURN_IF_ERROR(checkpoints->ReaderStatus());
  return checkpoints;
}

absl::Status RunCheckpoints::ReaderStatus() const { return At(path(), reader_->status()); }

absl::Status RunCheckpoints::AddRunState(Exchange exchange) {
  run_state_.push_back(std::move(exchange));
  if (reader_ == nullptr) return absl::OkStatus();
  run_state_.back()(*reader_);
  return ReaderStatus();
}

absl::Status RunCheckpoints::Restore(int stage_number, const Exchange& exchange) {
  if (reader_ == nullptr || stage_number != stage_) return absl::OkStatus();
  exchange(*reader_);
  CAE_RETURN_IF_ERROR(ReaderStatus());
  reader_.reset();
  return absl::OkStatus();
}

absl::Status RunCheckpoints::AfterEpoch(int stage_number, int epoch, int epochs,
                                        const Exchange& exchange) {
  if (epoch % options_.every != 0 && epoch != epochs) return absl::OkStatus();
  return Save(stage_number, exchange);
}

absl::Status RunCheckpoints::OnCancel(int stage_number, const Exchange& exchange) {
  return Save(stage_number, exchange);
}

absl::Status RunCheckpoints::Save(int stage_number, const Exchange& exchange) {
  CheckpointWriter writer;
  std::int64_t stage = stage_number;
  writer.Integer("stage", stage);
  for (const Exchange& part : run_state_) part(writer);
  exchange(writer);
  const absl::StatusOr<std::string> bytes = writer.Serialize(options_.identity);
  if (!bytes.ok()) return At(path(), bytes.status());
  CAE_RETURN_IF_ERROR(At(path(), WriteFileAtomically(path(), *bytes)));
  saved_ = true;
  return absl::OkStatus();
}

void RunCheckpoints::Remove() {
  std::error_code error;
  std::filesystem::remove(path(), error);
  saved_ = false;
}

void NoteChanges(const RunCheckpoints& checkpoints, absl::string_view prefix,
                 std::map<std::string, std::string>& notes) {
  if (checkpoints.changes().empty()) return;
  std::string& note = notes[absl::StrCat(prefix, "changed_on_resuming")];
  absl::StrAppend(&note, note.empty() ? "" : "; ", checkpoints.changes());
}

}  // namespace cae
