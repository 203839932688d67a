// SampleProducer: turns the draws of a stream's chains into its messages.
#ifndef CAE_SERVER_REQUESTS_SAMPLE_PRODUCER_H_
#define CAE_SERVER_REQUESTS_SAMPLE_PRODUCER_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cae/v1/cae_service.pb.h"
#include "core/base/clock.h"
#include "core/diagnostics/chain_diagnostics.h"
#include "core/serving/draw_sink.h"
#include "server/requests/draw_tensor.h"
#include "server/requests/sample_plan.h"

namespace cae {

/// A v1.SampleResponse, serialised.
struct SampleMessage {
  grpc::ByteBuffer bytes;
  std::int64_t draws = 0;  ///< over all chains
};

/// Used as
///
///   producer.Continue();
///   ... PutRows for all chains of a draw; then producer.EndDraw(state) ...
///   while (producer.message_ready()) producer.WriteMessage(state);
///
/// until last_message_written(). How draws are packed into messages, and which of them bring states
/// and diagnostics, may depend on time; the bits of draws, states and diagnostics never do. Holds
/// one message's draws at most. Thread-compatible, but rows of distinct chains of one draw may be
/// put at the same time.
class SampleProducer {
 public:
  /// The plan's states are not needed; `clock` must outlive it.
  SampleProducer(SamplePlan plan, const Clock& clock);

  /// Rows of the next draw. OUT_OF_RANGE where the output type cannot hold a number.
  absl::Status PutRows(const DrawRows& rows);
  /// All rows of a draw were put.
  void EndDraw(const ChainStreamState& state);

  /// Time that passes from Pause() to Continue(), while the chains stand still, does not count for
  /// the packing. It begins paused.
  void Pause();
  void Continue();

  /// True when WriteMessage should be called before the next draw is put.
  bool message_ready() const { return ready_ || state_due_ || last_diagnostics_due_; }
  bool all_draws_made() const { return plan_.draws > 0 && draws_done_ == last_draw_; }
  /// Whether the message under way has so many draws that no more should be put while the one
  /// before it is not written.
  bool is_ahead() const { return draws_ >= draws_ahead_; }
  /// Makes a message ready that has all draws put so far, followed by the state of the present
  /// step and the diagnostics, and is the last.
  void Conclude();

  /// What is ready; goes on to the next. `state` is that of the last draw, or where the stream was
  /// concluded.
  SampleMessage WriteMessage(const ChainStreamState& state);
  /// All draws asked for, or all until Conclude(), have been written, and the state and diagnostics
  /// after them.
  bool last_message_written() const { return last_written_; }

 private:
  /// Whether a state should stand behind the draw just taken.
  bool StateIsDue() const;
  bool MessageIsFull() const;
  bool chains_are_done() const { return concluding_ || all_draws_made(); }
  /// Draws that a message may have at most.
  std::int64_t DrawsPerMessage() const;
  v1::SampleHeader Header() const;
  void AddDraws(WireFrame& frame);
  /// Adds the state that is due, if `draw_bytes` of draws leave room for it; says whether.
  bool AddState(const ChainStreamState& state, std::int64_t draw_bytes, WireFrame& frame);
  /// Adds the diagnostics, if they are due and find room; `alone` in a message without all else.
  void AddDiagnostics(bool alone, WireFrame& frame);

  const SamplePlan plan_;
  const Clock& clock_;
  const std::int64_t last_draw_;  ///< draws_done when the stream is complete
  const std::int64_t draws_per_message_;
  const std::int64_t draws_ahead_;

  // Of the message that is being filled.
  DrawTensor samples_;
  std::optional<DrawTensor> codes_;  ///< if asked for
  std::int64_t draws_ = 0;           ///< in the message
  std::int64_t draws_done_;          ///< of the chains
  std::optional<absl::Time> begun_;  ///< less the time that was spent before; none while paused
  absl::Duration spent_;             ///< while paused: the time it has taken
  bool ready_ = false;
  bool state_due_ = false;  ///< a state belongs to this message, or to one of its own after it

  std::optional<ChainDiagnostics> diagnostics_;  ///< none where none are asked for
  absl::Time diagnostics_written_;               ///< when they were last; at first the start
  bool last_diagnostics_due_ = false;            ///< as state_due_: those of the end

  // Since the last state.
  std::int64_t draws_since_state_ = 0;
  std::int64_t bytes_since_state_ = 0;
  absl::Time last_state_;

  bool header_written_ = false;
  bool concluding_ = false;
  bool last_written_ = false;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_SAMPLE_PRODUCER_H_
