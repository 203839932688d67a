// SampleSession: the chains of one sample stream, advanced piece by piece.
#ifndef CAE_CORE_SERVING_SAMPLE_SESSION_H_
#define CAE_CORE_SERVING_SAMPLE_SESSION_H_

#include <cstdint>

#include "absl/status/status.h"
#include "core/math/matrix.h"
#include "core/sampling/chain_parameters.h"
#include "core/sampling/reference_chain.h"
#include "core/serving/servable.h"

namespace cae {

/// What a stream of draws is made of. The caller has checked it against the card and its limits.
struct SampleSpec {
  ServableHandle servable;
  ChainParameters parameters;
  std::int64_t first_chain = 0;  ///< number of the first chain in the noise counter
  std::int64_t burn_in = 0;      ///< draw i is the state after burn_in + (i + 1) · thinning steps
  std::int64_t thinning = 1;     ///< ≥ 1
  std::int64_t steps_done = 0;   ///< > 0 where an earlier stream is carried on
  std::int64_t draws_done = 0;
  Matrix states;  ///< [chains, state units] after `steps_done` steps
};

/// The states that chains begin with, [rows, state units], from inputs [rows, input units].
Matrix InitialStates(const Servable& servable, SampleProcess process, ConstMatrixView inputs);

/// `count` start examples of the model, picked by the seed and the chain number alone: [count,
/// input units].
Matrix PickStartExamples(const Servable& servable, std::uint64_t seed, std::int64_t first_chain,
                         std::int64_t count);

/// Steps its chains in order; every state depends on (model, parameters, chain number, step) alone,
/// never on how the work was cut. Thread-compatible: one thread at a time.
class SampleSession {
 public:
  explicit SampleSession(SampleSpec spec);

  /// One transition of one chain, the next in order. INTERNAL if it gives a value that is not
  /// finite; the session is then over.
  absl::Status AdvanceOneChain();

  /// True when the last chain of a step that makes a draw has just been advanced; until the next
  /// call.
  bool draw_ready() const { return draw_ready_; }
  /// True between steps, when all chains have made the same number: only then may the state be
  /// taken.
  bool at_step_boundary() const { return next_chain_ == 0; }

  /// The draw that is ready, in input space: [chains, input units].
  Matrix Draw() const;
  /// The perturbed codes that were decoded for it: [chains, code units].
  const Matrix& codes() const { return codes_; }

  std::int64_t chains() const { return spec_.states.rows(); }
  std::int64_t steps_done() const { return spec_.steps_done; }
  std::int64_t draws_done() const { return spec_.draws_done; }
  /// [chains, state units], exact: with steps_done and draws_done all that a SampleSpec needs to
  /// carry on.
  const Matrix& states() const { return spec_.states; }
  const SampleSpec& spec() const { return spec_; }

 private:
  SampleSpec spec_;
  ReferenceChain chain_;
  Matrix codes_;
  std::int64_t next_chain_ = 0;
  bool draw_ready_ = false;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_SAMPLE_SESSION_H_
