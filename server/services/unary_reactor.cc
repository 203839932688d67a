#include "server/services/unary_reactor.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/requests/model_messages.h"
#include "server/requests/refusals.h"

namespace cae {

grpc::ServerUnaryReactor* UnaryReactor::Start(const ServingContext& serving, RpcObserver* observer,
                                              grpc::CallbackServerContext& context,
                                              std::unique_ptr<UnaryOperation> operation) {
  auto* reactor = new UnaryReactor(serving, observer, context, std::move(operation));
  if (const absl::Status status = reactor->Check(); status.ok()) {
    reactor->SubmitJob();
  } else {
    reactor->End(status);
  }
  // Whatever has happened, gRPC does not call OnDone before it was given the reactor.
  return reactor;
}

absl::Status UnaryReactor::Check() {
  auto servable = FindServable(call_.serving().registry, operation_->selector());
  if (absl::IsNotFound(servable.status())) return servable.status();
  CAE_RETURN_IF_ERROR(operation_->CheckTensor());
  CAE_RETURN_IF_ERROR(servable.status());  // known, but not ready: a later row of the table
  servable_ = *std::move(servable);
  CAE_RETURN_IF_ERROR(operation_->CheckAgainst(servable_));
  if (operation_->contents_are_small()) {
    CAE_RETURN_IF_ERROR(operation_->CheckContents());
    contents_checked_ = true;
  }
  return call_.AdmitRows(operation_->rows());
}

void UnaryReactor::SubmitJob() {
  Job job;
  job.operation = operation_->method();
  job.kind = operation_->kind();
  job.deadline = call_.deadline();
  job.run = [this](Workspace& workspace) { return RunSlice(workspace); };
  job.abandon = [this](const absl::Status& status) { End(AfterAbandonment(status)); };
  call_.serving().executor.Submit(std::move(job));
}

absl::StatusOr<Job::Slice> UnaryReactor::Advance(Workspace& workspace) {
  CAE_RETURN_IF_ERROR(call_.Interruption());
  if (!contents_checked_) {
    CAE_RETURN_IF_ERROR(operation_->CheckContents());
    contents_checked_ = true;
  }
  CAE_ASSIGN_OR_RETURN(const Job::Slice slice, operation_->ComputeSlice(workspace));
  if (slice == Job::Slice::kDone) CAE_RETURN_IF_ERROR(operation_->WriteAnswer());
  return slice;
}

Job::Slice UnaryReactor::RunSlice(Workspace& workspace) {
  const absl::StatusOr<Job::Slice> slice = Advance(workspace);
  if (slice.ok() && *slice == Job::Slice::kMore) return Job::Slice::kMore;
  if (slice.ok() && call_.observer() != nullptr) {
    call_.observer()->OnRows(servable_->identity.name, operation_->method(), operation_->rows());
  }
  End(slice.status());
  return Job::Slice::kDone;
}

void UnaryReactor::End(const absl::Status& status) { Finish(call_.Close(status)); }

}  // namespace cae
