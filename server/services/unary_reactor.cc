#include "server/services/unary_reactor.h"

#include <utility>

#include "core/base/status_macros.h"
#include "core/serving/row_batcher.h"
#include "server/requests/model_messages.h"
#include "server/requests/refusals.h"

namespace cae {

grpc::ServerUnaryReactor* UnaryReactor::Start(const ServingContext& serving, RpcObserver* observer,
                                              grpc::CallbackServerContext& context,
                                              std::unique_ptr<UnaryOperation> operation) {
  auto* reactor = new UnaryReactor(serving, observer, context, std::move(operation));
  if (const absl::Status status = reactor->Check(); !status.ok()) {
    reactor->End(status);
  } else if (reactor->operation_->contents_are_small()) {
    reactor->AddRows();
  } else {
    reactor->SubmitContentsCheck();
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
  if (operation_->contents_are_small()) CAE_RETURN_IF_ERROR(operation_->CheckContents());
  return call_.AdmitRows(operation_->rows(),
                         call_.serving().executor.EstimatedWait(operation_->kernel().kind()));
}

void UnaryReactor::SubmitContentsCheck() {
  Job job;
  job.operation = operation_->method();
  job.deadline = call_.deadline();
  job.run = [this](Workspace&, YieldPoint) {
    absl::Status status = call_.Interruption();
    if (status.ok()) status = operation_->CheckContents();
    if (status.ok()) {
      AddRows();
    } else {
      End(status);
    }
    return Job::Slice::kDone;
  };
  job.abandon = [this](const absl::Status& status) { End(AfterAbandonment(status)); };
  call_.serving().executor.Submit(std::move(job));
}

void UnaryReactor::AddRows() {
  operation_->Prepare();
  call_.serving().batcher.Add(*this);
}

absl::Status UnaryReactor::ReadRows(Index first, MatrixView into) {
  operation_->ReadRows(first, into);
  return absl::OkStatus();
}

absl::Status UnaryReactor::WriteRows(Index first, ConstMatrixView rows) {
  operation_->WriteRows(first, rows);
  return absl::OkStatus();
}

void UnaryReactor::Finish(const absl::Status& status) {
  const absl::Status result = status.ok() ? operation_->FinishAnswer() : AfterAbandonment(status);
  if (result.ok() && call_.observer() != nullptr) {
    call_.observer()->OnRows(servable_->identity.name, operation_->method(), operation_->rows());
  }
  End(result);
}

void UnaryReactor::End(const absl::Status& status) {
  grpc::ServerUnaryReactor::Finish(call_.Close(status));
}

}  // namespace cae
