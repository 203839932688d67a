#include "server/services/sample_reactor.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/requests/model_messages.h"
#include "server/requests/refusals.h"

namespace cae {
namespace {

/// After so long a stream hands its compute thread on.
constexpr absl::Duration kSlice = absl::Milliseconds(10);

const char* EndReason(const absl::Status& status) {
  if (status.ok()) return kStreamCompleted;
  if (absl::IsUnavailable(status)) return kStreamDraining;
  if (absl::IsCancelled(status)) return kStreamCancelled;
  return absl::IsDeadlineExceeded(status) ? kStreamDeadline : kStreamFailed;
}

}  // namespace

grpc::ServerWriteReactor<v1::SampleResponse>* SampleReactor::Start(
    const ServingContext& serving, RpcObserver* observer, grpc::CallbackServerContext& context,
    const v1::SampleRequest& request) {
  auto* reactor = new SampleReactor(serving, observer, context, request);
  if (const absl::Status status = reactor->Check(); status.ok()) {
    reactor->SubmitJob();
  } else {
    reactor->Finish(reactor->call_.Close(status));
  }
  // Whatever has happened, gRPC does not call OnDone before it was given the reactor.
  return reactor;
}

absl::Status SampleReactor::Check() {
  auto servable = FindServable(call_.serving().registry, planner_.selector());
  if (absl::IsNotFound(servable.status())) return servable.status();
  CAE_RETURN_IF_ERROR(planner_.CheckItself());
  CAE_RETURN_IF_ERROR(servable.status());  // known, but not ready: a later row of the table
  servable_ = *std::move(servable);
  CAE_RETURN_IF_ERROR(planner_.CheckAgainst(servable_));
  if (planner_.contents_are_small()) {
    CAE_RETURN_IF_ERROR(planner_.CheckContents());
    contents_checked_ = true;
  }
  return call_.AdmitChains(planner_.chains());
}

void SampleReactor::SubmitJob() {
  Job job;
  job.operation = "Sample";
  job.kind = Job::Kind::kStream;
  job.deadline = call_.deadline();
  job.run = [this](Workspace& workspace, YieldPoint) { return RunSlice(workspace); };
  job.abandon = [this](const absl::Status& status) { End(AfterAbandonment(status)); };
  call_.serving().executor.Submit(std::move(job));
}

Job::Slice SampleReactor::RunSlice(Workspace& workspace) {
  const absl::StatusOr<Job::Slice> slice = Advance(workspace);
  if (slice.ok() && *slice == Job::Slice::kMore) return Job::Slice::kMore;
  absl::Status status = slice.status();
  if (status.ok()) status = producer_->WriteMessage(&message_);
  if (status.ok()) {
    StartWrite(&message_);
  } else {
    End(status);
  }
  return Job::Slice::kDone;
}

absl::Status SampleReactor::Prepare() {
  CAE_RETURN_IF_ERROR(call_.Interruption());
  if (!contents_checked_) CAE_RETURN_IF_ERROR(planner_.CheckContents());
  producer_.emplace(planner_.ComputeStates(), call_.serving().clock);
  return absl::OkStatus();
}

absl::StatusOr<Job::Slice> SampleReactor::Advance(Workspace& workspace) {
  const absl::Time end = call_.serving().clock.Now() + kSlice;
  if (!producer_.has_value()) CAE_RETURN_IF_ERROR(Prepare());
  while (!producer_->message_ready()) {
    CAE_RETURN_IF_ERROR(call_.Interruption());
    if (producer_->at_step_boundary() && call_.serving().in_flight.closed()) {
      draining_ = true;
      producer_->Conclude();
      break;
    }
    if (call_.serving().clock.Now() >= end) return Job::Slice::kMore;
    CAE_RETURN_IF_ERROR(producer_->AdvanceOneChain(workspace));
  }
  return Job::Slice::kDone;
}

void SampleReactor::OnWriteDone(bool ok) {
  if (!ok) {
    const absl::Status interruption = call_.Interruption();
    End(interruption.ok() ? absl::CancelledError("the connection broke") : interruption);
    return;
  }
  if (call_.observer() != nullptr && producer_->draws_written() > 0) {
    call_.observer()->OnDrawsSent(servable_->identity.name, producer_->draws_written());
  }
  if (producer_->last_message_written()) {
    End(draining_ ? Draining() : absl::OkStatus());
  } else {
    SubmitJob();
  }
}

void SampleReactor::End(const absl::Status& status) {
  // First, so that whoever hears of the end finds the chains given back.
  const grpc::Status result = call_.Close(status);
  if (call_.observer() != nullptr) {
    call_.observer()->OnStreamFinished(EndReason(status));
  }
  Finish(result);
}

}  // namespace cae
