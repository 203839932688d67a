#include "server/requests/sample_producer.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_codec.h"
#include "server/requests/limit_check.h"
#include "server/requests/model_messages.h"
#include "server/requests/sample_diagnostics_message.h"

namespace cae {
namespace {

// What the server packs into a message where the request leaves it to it.
constexpr std::int64_t kPackedBytes = 64 * 1024;
constexpr absl::Duration kPackingTime = absl::Milliseconds(20);
// How far apart states are at most where the request leaves it to the server.
constexpr std::int64_t kStateBytes = 1024 * 1024;
constexpr absl::Duration kStateTime = absl::Seconds(1);
/// How often diagnostics are sent before the end, as far as messages have room for them.
constexpr absl::Duration kDiagnosticsTime = absl::Seconds(1);
/// Most bytes of the tag and the length in front of a message within a message.
constexpr std::size_t kFramingBytes = 8;

void Append(const Matrix& rows, std::vector<float>& elements) {
  elements.insert(elements.end(), rows.data(), rows.data() + rows.size());
}

}  // namespace

SampleProducer::SampleProducer(SamplePlan plan, const Clock& clock)
    : plan_(std::move(plan)),
      clock_(clock),
      session_(plan_.spec),
      last_draw_(plan_.spec.draws_done + plan_.draws),
      draws_per_message_(DrawsPerMessage()),
      last_state_(clock.Now()) {
  plan_.spec.states.resize(0, 0);  // the session has them
  diagnostics_written_ = last_state_;
  if (plan_.diagnostics == v1::DIAGNOSTICS_LEVEL_NONE) return;
  diagnostics_.emplace(plan_.spec.servable->statistics, plan_.chains,
                       plan_.diagnostics == v1::DIAGNOSTICS_LEVEL_CLASSES);
}

std::int64_t SampleProducer::DrawsPerMessage() const {
  const std::int64_t bytes = plan_.DrawBytes();
  if (plan_.draws_per_message > 0) return plan_.draws_per_message;
  // One draw fits at least, as the planner has checked; 64 KiB may be more than a card allows.
  const std::int64_t room = plan_.spec.servable->limits.max_message_bytes - kMessageOverheadBytes;
  return std::max<std::int64_t>(1, std::min(kPackedBytes, room) / bytes);
}

absl::Status SampleProducer::AdvanceOneChain(Workspace& workspace) {
  if (!begun_.has_value()) begun_ = clock_.Now();
  CAE_RETURN_IF_ERROR(session_.AdvanceOneChain());
  if (session_.draw_ready()) TakeDraw(workspace);
  ready_ = ready_ || MessageIsFull();
  return absl::OkStatus();
}

void SampleProducer::TakeDraw(Workspace& workspace) {
  const Matrix draw = session_.Draw();
  Append(draw, samples_);
  if (diagnostics_.has_value()) diagnostics_->Observe(draw, workspace);
  if (plan_.include_codes) Append(session_.codes(), codes_);
  ++draws_;
  ++draws_since_state_;
  bytes_since_state_ += plan_.DrawBytes();
  state_due_ = all_draws_made() || StateIsDue();
  last_diagnostics_due_ = all_draws_made() && diagnostics_.has_value();
}

bool SampleProducer::StateIsDue() const {
  if (plan_.state_interval > 0) return draws_since_state_ >= plan_.state_interval;
  if (plan_.state_interval < 0) return false;
  return bytes_since_state_ >= kStateBytes || clock_.Now() - last_state_ >= kStateTime;
}

bool SampleProducer::MessageIsFull() const {
  if (draws_ == 0) return false;
  if (state_due_ || draws_ >= draws_per_message_) return true;
  return plan_.draws_per_message == 0 && clock_.Now() - *begun_ >= kPackingTime;
}

void SampleProducer::Conclude() {
  CAE_CHECK(at_step_boundary(), "a state is taken between steps");
  concluding_ = true;
  state_due_ = true;
  last_diagnostics_due_ = diagnostics_.has_value() && diagnostics_->draws() > 0;
}

absl::Status SampleProducer::WriteMessage(v1::SampleResponse* message) {
  message->Clear();
  if (!header_written_) *message->mutable_header() = Header();
  header_written_ = true;
  message->set_first_draw(session_.draws_done() - draws_);
  draws_written_ = draws_ * plan_.chains;
  const std::int64_t bytes = draws_ * plan_.DrawBytes();
  CAE_RETURN_IF_ERROR(WriteDraws(message));
  if (state_due_) AddState(bytes, message);
  if (diagnostics_.has_value()) AddDiagnostics(message);
  last_written_ = chains_are_done() && !state_due_ && !last_diagnostics_due_;
  ready_ = false;
  begun_.reset();
  return absl::OkStatus();
}

void SampleProducer::AddState(std::int64_t draw_bytes, v1::SampleResponse* message) {
  const std::int64_t room = plan_.spec.servable->limits.max_message_bytes - kMessageOverheadBytes;
  // A state that finds no room follows in a message of its own, before the chains step on.
  if (draw_bytes + plan_.StateBytes() > room) return;
  WriteState(message->mutable_state());
  state_due_ = false;
  draws_since_state_ = 0;
  bytes_since_state_ = 0;
  last_state_ = clock_.Now();
}

void SampleProducer::AddDiagnostics(v1::SampleResponse* message) {
  const absl::Time now = clock_.Now();
  const bool due = chains_are_done() ? last_diagnostics_due_ && !state_due_
                                     : now - diagnostics_written_ >= kDiagnosticsTime;
  if (!due || diagnostics_->draws() == 0) return;
  v1::SampleDiagnostics diagnostics =
      ToMessage(*diagnostics_, plan_.spec.draws_done, plan_.spec.thinning);
  const std::size_t bytes = message->ByteSizeLong() + diagnostics.ByteSizeLong() + kFramingBytes;
  if (bytes > static_cast<std::size_t>(plan_.spec.servable->limits.max_message_bytes)) {
    // The last ones follow in a message of their own, without the numbers of single chains if even
    // there they find no room; all else is little.
    if (!last_diagnostics_due_ || message->has_samples() || message->has_state()) return;
    for (auto& statistic : *diagnostics.mutable_statistics()) statistic.clear_half_moments();
  }
  *message->mutable_diagnostics() = std::move(diagnostics);
  diagnostics_written_ = now;
  last_diagnostics_due_ = false;
}

absl::Status SampleProducer::WriteDraws(v1::SampleResponse* message) {
  if (draws_ == 0) return absl::OkStatus();
  const Autoencoder& model = *plan_.spec.servable->autoencoder;
  CAE_RETURN_IF_ERROR(EncodeTensor(samples_, {draws_, plan_.chains, model.input_units()},
                                   plan_.format, "samples", message->mutable_samples()));
  if (plan_.include_codes) {
    CAE_RETURN_IF_ERROR(EncodeTensor(codes_, {draws_, plan_.chains, model.code_units()},
                                     plan_.format, "codes", message->mutable_codes()));
  }
  samples_.clear();
  codes_.clear();
  draws_ = 0;
  return absl::OkStatus();
}

v1::SampleHeader SampleProducer::Header() const {
  const SampleSpec& spec = session_.spec();
  v1::SampleHeader header;
  *header.mutable_model() = ToMessage(spec.servable->identity);
  header.set_seed(spec.parameters.seed);
  header.set_noise_stddev(spec.parameters.noise_stddev);
  header.set_rank(static_cast<std::int32_t>(spec.parameters.rank));
  header.set_process(ToMessage(spec.parameters.process));
  header.set_burn_in(spec.burn_in);
  header.set_thinning(spec.thinning);
  header.set_chains(static_cast<std::int32_t>(plan_.chains));
  header.set_first_chain(spec.first_chain);
  return header;
}

void SampleProducer::WriteState(v1::SampleState* state) const {
  const SampleSpec& spec = session_.spec();
  *state->mutable_model() = ToMessage(spec.servable->identity);
  state->set_seed(spec.parameters.seed);
  state->set_noise_stddev(spec.parameters.noise_stddev);
  state->set_rank(static_cast<std::int32_t>(spec.parameters.rank));
  state->set_process(ToMessage(spec.parameters.process));
  state->set_burn_in(spec.burn_in);
  state->set_thinning(spec.thinning);
  state->set_first_chain(spec.first_chain);
  state->set_step(session_.steps_done());
  state->set_draws_done(session_.draws_done());
  // FLOAT32 holds every float, so there is nothing that could fail.
  (void)EncodeTensor(session_.states(), {v1::DATA_TYPE_FLOAT32, false}, "state.tensor",
                     state->mutable_tensor());
}

}  // namespace cae
