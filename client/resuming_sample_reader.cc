#include "client/resuming_sample_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

/// Removes the first `count` of a tensor's outermost slices; fewer than all.
absl::Status DropSlices(std::int64_t count, absl::string_view field, v1::Tensor* tensor) {
  if (absl::Status check = CheckTensor(*tensor, field); !check.ok()) {
    return absl::InternalError(absl::StrCat("the server's answer is broken: ", check.message()));
  }
  const std::int64_t slices = tensor->shape(0);
  if (count >= slices) {
    return absl::InternalError(absl::StrCat("the server's answer is broken: ", field, " has ",
                                            slices, " draws, samples has more"));
  }
  tensor->mutable_data()->erase(0, tensor->data().size() / slices * count);
  const auto per_slice = tensor->values_size() / slices;
  tensor->mutable_values()->erase(tensor->values().begin(),
                                  tensor->values().begin() + per_slice * count);
  tensor->set_shape(0, slices - count);
  return absl::OkStatus();
}

}  // namespace

ResumingSampleReader::ResumingSampleReader(std::shared_ptr<Stub> stub, v1::SampleRequest request,
                                           absl::Time deadline, const RetryPolicy& policy,
                                           std::shared_ptr<RetryEnvironment> environment)
    : stub_(std::move(stub)),
      request_(std::move(request)),
      deadline_(deadline),
      environment_(std::move(environment)),
      loop_(policy, deadline_, *environment_),
      next_draw_(request_.resume_from().draws_done()),
      end_draw_(next_draw_ + request_.draws()) {}

ResumingSampleReader::~ResumingSampleReader() = default;

absl::StatusOr<std::optional<v1::SampleResponse>> ResumingSampleReader::Read() {
  while (!outcome_.has_value()) {
    const std::shared_ptr<SampleReader> stream = Open();
    if (stream == nullptr) {
      outcome_ = absl::CancelledError("the stream was cancelled by its reader");
      break;
    }
    absl::StatusOr<std::optional<v1::SampleResponse>> response = stream->Read();
    if (!response.ok()) {
      // A break after the last draw costs at most the last diagnostics.
      const absl::Status ended = DeliveredAll() && IsRetryable(response.status())
                                     ? absl::OkStatus()
                                     : Recover(response.status());
      if (!ended.ok() || DeliveredAll()) outcome_ = ended;
    } else if (!response->has_value()) {
      outcome_ = absl::OkStatus();
    } else {
      const absl::StatusOr<bool> kept = Accept(&**response);
      if (!kept.ok()) {
        Cancel();
        outcome_ = kept.status();
      } else if (*kept) {
        return response;
      }
    }
  }
  if (!outcome_->ok()) return *outcome_;
  return std::nullopt;
}

void ResumingSampleReader::Cancel() {
  std::shared_ptr<SampleReader> stream;
  {
    const MutexLock lock(mutex_);
    cancelled_ = true;
    stream = stream_;
  }
  if (stream != nullptr) stream->Cancel();
}

std::shared_ptr<SampleReader> ResumingSampleReader::Open() {
  {
    const MutexLock lock(mutex_);
    if (stream_ != nullptr) return stream_;
    if (cancelled_) return nullptr;
  }
  std::shared_ptr<SampleReader> opened = stub_->Sample({.deadline = deadline_}, NextRequest());
  const MutexLock lock(mutex_);
  if (cancelled_) return nullptr;
  stream_ = opened;
  return opened;
}

absl::Status ResumingSampleReader::Recover(const absl::Status& failure) {
  std::shared_ptr<SampleReader> broken;
  {
    const MutexLock lock(mutex_);
    if (cancelled_) return failure;
    broken = std::move(stream_);
    stream_ = nullptr;
  }
  if (!loop_.WaitToRetry(failure)) return loop_.Final(failure);
  return absl::OkStatus();
}

v1::SampleRequest ResumingSampleReader::NextRequest() const {
  v1::SampleRequest next = request_;
  if (!header_.has_value()) return next;  // nothing came yet
  next.mutable_model()->set_version(header_->model().version());
  next.set_seed(header_->seed());
  if (!state_.has_value()) return next;
  // What the state says may not be said twice in other words.
  next.clear_chains();
  next.clear_burn_in();
  next.clear_thinning();
  next.clear_noise_stddev();
  next.clear_rank();
  next.clear_process();
  next.clear_seed();
  next.clear_first_chain();
  next.clear_initial_inputs();
  *next.mutable_resume_from() = *state_;
  if (request_.draws() > 0) next.set_draws(end_draw_ - state_->draws_done());
  return next;
}

absl::StatusOr<bool> ResumingSampleReader::Accept(v1::SampleResponse* response) {
  if (response->has_header()) {
    const v1::ModelIdentity& now = response->header().model();
    if (!header_.has_value()) {
      header_ = response->header();
    } else if (now.digest() != header_->model().digest() ||
               now.fingerprint() != header_->model().fingerprint()) {
      return absl::AbortedError(absl::StrCat(
          "the stream broke after draw ", next_draw_, " and the server that took it over has ",
          DescribeModel(now.name(), now.version()), " with another digest or fingerprint: it ",
          "cannot go on bit for bit. Start the run again"));
    } else {
      response->clear_header();
    }
  }
  CAE_ASSIGN_OR_RETURN(const bool has_draws, DropDelivered(response));
  // A chain may be broken off many times before its burn-in is over.
  const bool has_steps =
      response->has_state() && response->state().step() > (state_.has_value() ? state_->step() : 0);
  if (has_draws || has_steps) loop_.NoteProgress();
  if (response->has_state()) state_ = response->state();
  return has_draws || response->has_header() || response->has_state() ||
         response->has_diagnostics();
}

absl::StatusOr<bool> ResumingSampleReader::DropDelivered(v1::SampleResponse* response) {
  if (!response->has_samples() || response->samples().shape_size() == 0) return false;
  const std::int64_t draws = response->samples().shape(0);
  const std::int64_t delivered = next_draw_ - response->first_draw();
  if (delivered < 0) {
    return absl::InternalError(absl::StrCat("the server's answer is broken: draw ", next_draw_,
                                            " should come next, it sent draw ",
                                            response->first_draw()));
  }
  if (delivered >= draws) {
    response->clear_samples();
    response->clear_codes();
    return false;
  }
  if (delivered > 0) {
    CAE_RETURN_IF_ERROR(DropSlices(delivered, "samples", response->mutable_samples()));
    if (response->has_codes()) {
      CAE_RETURN_IF_ERROR(DropSlices(delivered, "codes", response->mutable_codes()));
    }
    response->set_first_draw(next_draw_);
  }
  next_draw_ += draws - delivered;
  return true;
}

}  // namespace cae
