// SampleProducer: turns the steps of a stream's chains into its messages.
#ifndef CAE_SERVER_REQUESTS_SAMPLE_PRODUCER_H_
#define CAE_SERVER_REQUESTS_SAMPLE_PRODUCER_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "cae/v1/cae_service.pb.h"
#include "core/base/clock.h"
#include "core/diagnostics/chain_diagnostics.h"
#include "core/math/workspace.h"
#include "core/serving/sample_session.h"
#include "server/requests/sample_plan.h"

namespace cae {

/// Used as
///
///   while (!producer.message_ready()) producer.AdvanceOneChain(workspace);
///   producer.WriteMessage(&message);
///
/// until last_message_written(). How draws are packed into messages, and which of them bring states
/// and diagnostics, may depend on time; the bits of draws, states and diagnostics never do. Holds
/// one message's draws at most. Thread-compatible.
class SampleProducer {
 public:
  /// `clock` must outlive it.
  SampleProducer(SamplePlan plan, const Clock& clock);

  /// One transition of one chain; with the last chain of a draw also what is observed of it.
  /// INTERNAL where it gives a value that is not finite.
  absl::Status AdvanceOneChain(Workspace& workspace);

  /// True when WriteMessage should be called before the next step.
  bool message_ready() const { return ready_ || state_due_ || last_diagnostics_due_; }
  /// True where the chains have all made the same number of steps, so that the stream can end with
  /// a state.
  bool at_step_boundary() const { return session_.at_step_boundary(); }
  /// Makes a message ready that has all draws made so far, followed by the state of the present
  /// step and the diagnostics, and is the last. Requires at_step_boundary().
  void Conclude();

  /// Writes what is ready over `message` and goes on to the next. OUT_OF_RANGE where the output
  /// type cannot hold a number.
  absl::Status WriteMessage(v1::SampleResponse* message);
  /// All draws asked for, or all until Conclude(), have been written, and the state and diagnostics
  /// after them.
  bool last_message_written() const { return last_written_; }
  /// Draws over all chains in the message written last.
  std::int64_t draws_written() const { return draws_written_; }

 private:
  void TakeDraw(Workspace& workspace);
  /// Whether a state should stand behind the draw just taken.
  bool StateIsDue() const;
  bool MessageIsFull() const;
  bool all_draws_made() const { return plan_.draws > 0 && session_.draws_done() == last_draw_; }
  bool chains_are_done() const { return concluding_ || all_draws_made(); }
  /// Draws that a message may have at most.
  std::int64_t DrawsPerMessage() const;
  v1::SampleHeader Header() const;
  void WriteState(v1::SampleState* state) const;
  absl::Status WriteDraws(v1::SampleResponse* message);
  /// Adds the state that is due, if `draw_bytes` of draws leave room for it.
  void AddState(std::int64_t draw_bytes, v1::SampleResponse* message);
  /// Adds the diagnostics, if they are due and find room.
  void AddDiagnostics(v1::SampleResponse* message);

  SamplePlan plan_;  ///< its spec has moved into session_
  const Clock& clock_;
  SampleSession session_;
  const std::int64_t last_draw_;  ///< draws_done when the stream is complete
  const std::int64_t draws_per_message_;

  // Of the message that is being filled.
  std::vector<float> samples_;       ///< [m, C, d]
  std::vector<float> codes_;         ///< [m, C, h], if asked for
  std::int64_t draws_ = 0;           ///< m
  std::optional<absl::Time> begun_;  ///< when its first step was; not while the client reads
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
  std::int64_t draws_written_ = 0;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_SAMPLE_PRODUCER_H_
