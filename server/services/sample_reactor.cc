#include "server/services/sample_reactor.h"

#include <grpcpp/support/proto_buffer_reader.h>

#include <utility>

#include "core/base/status_macros.h"
#include "server/requests/model_messages.h"
#include "server/requests/refusals.h"

namespace cae {
namespace {

const char* EndReason(const absl::Status& status) {
  if (status.ok()) return kStreamCompleted;
  if (absl::IsUnavailable(status)) return kStreamDraining;
  if (absl::IsCancelled(status)) return kStreamCancelled;
  return absl::IsDeadlineExceeded(status) ? kStreamDeadline : kStreamFailed;
}

/// Whether nobody waits for what a stream that ends so has still to write.
bool IsForsaken(const absl::Status& status) {
  return absl::IsCancelled(status) || absl::IsDeadlineExceeded(status);
}

}  // namespace

grpc::ServerWriteReactor<grpc::ByteBuffer>* SampleReactor::Start(
    const ServingContext& serving, RpcObserver* observer, grpc::CallbackServerContext& context,
    grpc::ByteBuffer& request) {
  auto* reactor = new SampleReactor(serving, observer, context);
  if (const absl::Status status = reactor->Check(request); status.ok()) {
    reactor->SubmitJob();
  } else {
    reactor->Finish(reactor->call_.Close(status));
  }
  // Whatever has happened, gRPC does not call OnDone before it was given the reactor.
  return reactor;
}

absl::Status SampleReactor::Check(grpc::ByteBuffer& request) {
  request_ = std::make_unique<v1::SampleRequest>();
  grpc::ProtoBufferReader reader(&request);
  const bool parsed = request_->ParseFromZeroCopyStream(&reader);
  request.Clear();  // or its memory would be kept as long as the stream
  if (!parsed) return absl::InvalidArgumentError("the request is no cae.v1.SampleRequest");
  planner_.emplace(*request_);
  auto servable = FindServable(call_.serving().registry, planner_->selector());
  if (absl::IsNotFound(servable.status())) return servable.status();
  CAE_RETURN_IF_ERROR(planner_->CheckItself());
  CAE_RETURN_IF_ERROR(servable.status());  // known, but not ready: a later row of the table
  servable_ = *std::move(servable);
  CAE_RETURN_IF_ERROR(planner_->CheckAgainst(servable_));
  if (planner_->contents_are_small()) CAE_RETURN_IF_ERROR(planner_->CheckContents());
  // Estimates are good to a factor of two at best; only what is hopeless is refused.
  const absl::Duration first_draw =
      call_.serving().scheduler.EstimatedFirstDraw(planner_->spec(), planner_->chains()) / 2;
  const absl::Duration wait = call_.serving().executor.EstimatedWait();
  return call_.AdmitChains(planner_->chains(), wait + first_draw);
}

void SampleReactor::SubmitJob() {
  Job job;
  job.operation = "Sample";
  job.deadline = call_.deadline();
  job.run = [this](Workspace& workspace, YieldPoint) {
    if (const absl::Status status = StartChains(workspace); !status.ok()) End(status);
    return Job::Slice::kDone;
  };
  job.abandon = [this](const absl::Status& status) { End(AfterAbandonment(status)); };
  call_.serving().executor.Submit(std::move(job));
}

absl::Status SampleReactor::StartChains(Workspace& workspace) {
  CAE_RETURN_IF_ERROR(call_.Interruption());
  if (!planner_->contents_are_small()) CAE_RETURN_IF_ERROR(planner_->CheckContents());
  SamplePlan plan = planner_->ComputeStates(workspace);
  planner_.reset();
  request_.reset();
  ChainStreamSpec spec = plan.spec;
  plan.spec.states.resize(0, 0);
  producer_.emplace(std::move(plan), call_.serving().clock);
  producer_->Continue();
  ChainScheduler& scheduler = call_.serving().scheduler;
  const std::shared_ptr<ChainStream> stream = scheduler.Prepare(std::move(spec), *this);
  {
    MutexLock lock(mutex_);
    stream_ = stream;
  }
  scheduler.Add(stream);  // from here on the sink's methods may end the rpc
  return absl::OkStatus();
}

absl::Status SampleReactor::PutRows(const DrawRows& rows) { return producer_->PutRows(rows); }

absl::Status SampleReactor::Interruption() const {
  absl::Status status = call_.Interruption();
  if (!status.ok() || !broken_.load(std::memory_order_relaxed)) return status;
  return absl::CancelledError("the connection broke");
}

void SampleReactor::QueueMessages(const ChainStreamState& state) {
  while (producer_->message_ready()) {
    SampleMessage message = producer_->WriteMessage(state);
    MutexLock lock(mutex_);
    queue_.push_back(std::move(message));
  }
}

bool SampleReactor::TakeMessage() {
  if (in_flight_ || queue_.empty()) return false;
  writing_ = std::move(queue_.front());
  queue_.pop_front();
  in_flight_ = true;
  return true;
}

bool SampleReactor::MustPark() const {
  return !queue_.empty() || (in_flight_ && producer_->is_ahead());
}

bool SampleReactor::TakeEnd() {
  if (!ended_ || finished_ || in_flight_ || !queue_.empty()) return false;
  return finished_ = true;
}

SampleReactor::Unparked SampleReactor::Unpark() {
  if (!parked_) return {};
  parked_ = false;
  producer_->Continue();
  return {stream_, call_.serving().clock.Now() - parked_at_};
}

void SampleReactor::Resume(const Unparked& unparked) {
  if (unparked.stream == nullptr) return;
  if (call_.observer() != nullptr) call_.observer()->OnStall(unparked.stood);
  call_.serving().scheduler.Resume(*unparked.stream);
}

void SampleReactor::Write() {
  if (!draws_written_ && writing_.draws > 0) {
    draws_written_ = true;
    if (call_.observer() != nullptr) {
      call_.observer()->OnFirstDraw(call_.serving().clock.Now() - came_);
    }
  }
  StartWrite(&writing_.bytes);
}

absl::StatusOr<AfterDraw> SampleReactor::DrawDone(const ChainStreamState& state) {
  producer_->EndDraw(state);
  QueueMessages(state);
  AfterDraw after = producer_->all_draws_made() ? AfterDraw::kEnd : AfterDraw::kContinue;
  bool write = false;
  {
    MutexLock lock(mutex_);
    write = TakeMessage();
    // Nobody would resume a stream that was cancelled before it is parked.
    if (after == AfterDraw::kContinue && MustPark() && Interruption().ok()) {
      after = AfterDraw::kPark;
      parked_ = true;
      parked_at_ = call_.serving().clock.Now();
      producer_->Pause();
    }
  }
  if (write) Write();
  return after;
}

void SampleReactor::Ended(const absl::Status& status, const ChainStreamState& state) {
  Unparked unparked;
  {
    // A parked stream may be concluded; nobody resumes it from here on.
    MutexLock lock(mutex_);
    unparked = Unpark();
    stream_.reset();
  }
  if (unparked.stream != nullptr && call_.observer() != nullptr) {
    call_.observer()->OnStall(unparked.stood);
  }
  const bool concluded = status.ok() && !producer_->all_draws_made();
  if (concluded) {
    producer_->Conclude();
    QueueMessages(state);
  }
  const absl::Status result = concluded ? Draining() : AfterAbandonment(status);
  bool write = false;
  bool end = false;
  {
    MutexLock lock(mutex_);
    ended_ = true;
    end_status_ = result;
    if (IsForsaken(result)) {
      queue_.clear();
      end = finished_ = true;  // whatever is in flight then fails
    } else {
      write = TakeMessage();
      end = TakeEnd();
    }
  }
  if (write) Write();
  if (end) End(result);
}

void SampleReactor::OnWriteDone(bool ok) {
  if (ok && call_.observer() != nullptr && writing_.draws > 0) {
    call_.observer()->OnDrawsSent(servable_->identity.name, writing_.draws);
  }
  bool write = false;
  bool end = false;
  absl::Status status;
  Unparked unparked;
  {
    MutexLock lock(mutex_);
    in_flight_ = false;
    writing_ = SampleMessage();
    if (!ok) {
      broken_ = true;
      queue_.clear();
      if (ended_) end_status_ = Interruption();
    }
    write = TakeMessage();
    end = TakeEnd();
    status = end_status_;
    if (parked_ && (!ok || !MustPark())) unparked = Unpark();
  }
  if (write) Write();
  if (end) return End(status);
  Resume(unparked);
}

void SampleReactor::OnCancel() {
  call_.Cancel();
  Unparked unparked;
  {
    MutexLock lock(mutex_);
    unparked = Unpark();
  }
  Resume(unparked);
}

void SampleReactor::End(const absl::Status& status) {
  // First, so that whoever hears of the end finds the chains given back.
  const grpc::Status result = call_.Close(status);
  if (call_.observer() != nullptr) {
    call_.observer()->OnStreamFinished(EndReason(status), call_.serving().clock.Now() - came_);
  }
  Finish(result);
}

}  // namespace cae
