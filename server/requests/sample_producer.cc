#include "server/requests/sample_producer.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "server/requests/limit_check.h"
#include "server/requests/model_messages.h"
#include "server/requests/sample_diagnostics_message.h"

namespace cae {
namespace {

// What the server packs into a message where the request leaves it to it.
constexpr std::int64_t kPackedBytes = 64 * 1024;
constexpr absl::Duration kPackingTime = absl::Milliseconds(20);
/// Part of a message that is put ahead while the one before it is written: enough to keep the
/// chains busy, little enough that a stream whose reader is slow holds hardly more than a message.
constexpr std::int64_t kAhead = 4;
// How far apart states are at most where the request leaves it to the server.
constexpr std::int64_t kStateBytes = 1024 * 1024;
constexpr absl::Duration kStateTime = absl::Seconds(1);
/// How often diagnostics are sent before the end, as far as messages have room for them.
constexpr absl::Duration kDiagnosticsTime = absl::Seconds(1);

/// All of a state but its tensor.
v1::SampleState StateHead(const ChainStreamSpec& spec, const ChainStreamState& state) {
  v1::SampleState head;
  *head.mutable_model() = ToMessage(spec.servable->identity);
  head.set_seed(spec.parameters.seed);
  head.set_noise_stddev(spec.parameters.noise_stddev);
  head.set_rank(static_cast<std::int32_t>(spec.parameters.rank));
  head.set_process(ToMessage(spec.parameters.process));
  head.set_burn_in(spec.burn_in);
  head.set_thinning(spec.thinning);
  head.set_first_chain(spec.first_chain);
  head.set_step(state.steps_done);
  head.set_draws_done(state.draws_done);
  return head;
}

WireFrame StateFrame(const ChainStreamSpec& spec, const ChainStreamState& state) {
  WireFrame frame;
  frame.Add(StateHead(spec, state));
  const auto bytes = static_cast<std::size_t>(state.states.size()) * sizeof(float);
  std::unique_ptr<char[]> copy(new char[bytes]);
  std::memcpy(copy.get(), state.states.data(), bytes);
  std::vector<grpc::Slice> elements;
  elements.push_back(ToSlice(std::move(copy), bytes));
  frame.AddTensor(v1::SampleState::kTensorFieldNumber, {state.states.rows(), state.states.cols()},
                  {v1::DATA_TYPE_FLOAT32, false}, std::move(elements));
  return frame;
}

}  // namespace

SampleProducer::SampleProducer(SamplePlan plan, const Clock& clock)
    : plan_(std::move(plan)),
      clock_(clock),
      last_draw_(plan_.spec.draws_done + plan_.draws),
      draws_per_message_(DrawsPerMessage()),
      draws_ahead_(std::max<std::int64_t>(1, draws_per_message_ / kAhead)),
      samples_("samples", plan_.chains, plan_.spec.servable->autoencoder->input_units(),
               plan_.format, draws_ahead_),
      draws_done_(plan_.spec.draws_done),
      diagnostics_written_(clock.Now()),
      last_state_(diagnostics_written_) {
  if (plan_.include_codes) {
    codes_.emplace("codes", plan_.chains, plan_.spec.servable->autoencoder->code_units(),
                   plan_.format, draws_ahead_);
  }
  if (plan_.diagnostics == v1::DIAGNOSTICS_LEVEL_NONE) return;
  diagnostics_.emplace(plan_.spec.servable->statistics, plan_.chains,
                       plan_.diagnostics == v1::DIAGNOSTICS_LEVEL_CLASSES);
}

std::int64_t SampleProducer::DrawsPerMessage() const {
  const std::int64_t bytes = plan_.DrawBytes();
  const std::int64_t wanted = plan_.draws_per_message;
  if (wanted > 0) return plan_.draws > 0 ? std::min(wanted, plan_.draws) : wanted;
  // One draw fits at least, as the planner has checked; 64 KiB may be more than a card allows.
  const std::int64_t room = plan_.spec.servable->limits.max_message_bytes - kMessageOverheadBytes;
  return std::max<std::int64_t>(1, std::min(kPackedBytes, room) / bytes);
}

void SampleProducer::Continue() {
  if (!begun_.has_value()) begun_ = clock_.Now() - spent_;
}

void SampleProducer::Pause() {
  if (begun_.has_value()) spent_ = clock_.Now() - *begun_;
  begun_.reset();
}

absl::Status SampleProducer::PutRows(const DrawRows& rows) {
  CAE_RETURN_IF_ERROR(samples_.PutRows(rows.first, rows.draws));
  if (codes_.has_value()) CAE_RETURN_IF_ERROR(codes_->PutRows(rows.first, rows.codes));
  if (diagnostics_.has_value()) {
    diagnostics_->ObserveRows(rows.first, rows.draws, rows.values, rows.logits);
  }
  return absl::OkStatus();
}

void SampleProducer::EndDraw(const ChainStreamState& state) {
  samples_.EndDraw();
  if (codes_.has_value()) codes_->EndDraw();
  if (diagnostics_.has_value()) diagnostics_->DrawDone();
  draws_done_ = state.draws_done;
  ++draws_;
  ++draws_since_state_;
  bytes_since_state_ += plan_.DrawBytes();
  state_due_ = all_draws_made() || StateIsDue();
  last_diagnostics_due_ = all_draws_made() && diagnostics_.has_value();
  ready_ = MessageIsFull();
}

bool SampleProducer::StateIsDue() const {
  if (plan_.state_interval > 0) return draws_since_state_ >= plan_.state_interval;
  if (plan_.state_interval < 0) return false;
  return bytes_since_state_ >= kStateBytes || clock_.Now() - last_state_ >= kStateTime;
}

bool SampleProducer::MessageIsFull() const {
  if (state_due_ || draws_ >= draws_per_message_) return true;
  return plan_.draws_per_message == 0 && begun_.has_value() &&
         clock_.Now() - *begun_ >= kPackingTime;
}

void SampleProducer::Conclude() {
  concluding_ = true;
  state_due_ = true;
  last_diagnostics_due_ = diagnostics_.has_value() && diagnostics_->draws() > 0;
}

SampleMessage SampleProducer::WriteMessage(const ChainStreamState& state) {
  SampleMessage message;
  message.draws = draws_ * plan_.chains;
  const std::int64_t draw_bytes = draws_ * plan_.DrawBytes();
  v1::SampleResponse head;
  if (!header_written_) *head.mutable_header() = Header();
  header_written_ = true;
  head.set_first_draw(draws_done_ - draws_);
  WireFrame frame;
  frame.Add(head);
  AddDraws(frame);
  const bool has_state = state_due_ && AddState(state, draw_bytes, frame);
  if (diagnostics_.has_value()) AddDiagnostics(draw_bytes == 0 && !has_state, frame);
  last_written_ = chains_are_done() && !state_due_ && !last_diagnostics_due_;
  ready_ = false;
  spent_ = absl::ZeroDuration();
  if (begun_.has_value()) begun_ = clock_.Now();
  message.bytes = frame.Release();
  return message;
}

void SampleProducer::AddDraws(WireFrame& frame) {
  if (draws_ == 0) return;
  samples_.MoveTo(v1::SampleResponse::kSamplesFieldNumber, frame);
  if (codes_.has_value()) codes_->MoveTo(v1::SampleResponse::kCodesFieldNumber, frame);
  draws_ = 0;
}

bool SampleProducer::AddState(const ChainStreamState& state, std::int64_t draw_bytes,
                              WireFrame& frame) {
  const std::int64_t room = plan_.spec.servable->limits.max_message_bytes - kMessageOverheadBytes;
  // A state that finds no room follows in a message of its own, before the chains step on.
  if (draw_bytes + plan_.StateBytes() > room) return false;
  frame.AddMessage(v1::SampleResponse::kStateFieldNumber, StateFrame(plan_.spec, state));
  state_due_ = false;
  draws_since_state_ = 0;
  bytes_since_state_ = 0;
  last_state_ = clock_.Now();
  return true;
}

void SampleProducer::AddDiagnostics(bool alone, WireFrame& frame) {
  const absl::Time now = clock_.Now();
  const bool due = chains_are_done() ? last_diagnostics_due_ && !state_due_
                                     : now - diagnostics_written_ >= kDiagnosticsTime;
  if (!due || diagnostics_->draws() == 0) return;
  v1::SampleResponse message;
  *message.mutable_diagnostics() =
      ToMessage(*diagnostics_, plan_.spec.draws_done, plan_.spec.thinning);
  const std::size_t bytes = frame.size() + message.ByteSizeLong();
  if (bytes > static_cast<std::size_t>(plan_.spec.servable->limits.max_message_bytes)) {
    // The last ones follow in a message of their own, without the numbers of single chains if even
    // there they find no room; all else is little.
    if (!last_diagnostics_due_ || !alone) return;
    for (auto& statistic : *message.mutable_diagnostics()->mutable_statistics()) {
      statistic.clear_half_moments();
    }
  }
  frame.Add(message);
  diagnostics_written_ = now;
  last_diagnostics_due_ = false;
}

v1::SampleHeader SampleProducer::Header() const {
  const ChainStreamSpec& spec = plan_.spec;
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

}  // namespace cae
