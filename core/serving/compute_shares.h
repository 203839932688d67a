// ComputeShares: which kind of work a compute thread should do next.
#ifndef CAE_CORE_SERVING_COMPUTE_SHARES_H_
#define CAE_CORE_SERVING_COMPUTE_SHARES_H_

#include <array>
#include <optional>

#include "absl/time/time.h"

namespace cae {

enum class ComputeKind {
  kUnary,   ///< somebody waits for one short answer: goes first
  kHeavy,   ///< somebody waits for one answer that takes long: tangents, contractions
  kChains,  ///< steps of chains
  kStream = kChains,
};
inline constexpr int kComputeKinds = 3;

/// A policy without threads or clocks: it is told what was used and asked who is next. Unary work
/// goes first, but each other kind gets kGuaranteed of the compute time while it waits; what is
/// left they share evenly. Compute time is counted with an exponential memory of kMemory of compute
/// time, and a kind that comes back after a while has no claim from its absence. Thread-compatible.
class ComputeShares {
 public:
  static constexpr double kGuaranteed = 0.2;
  static constexpr absl::Duration kMemory = absl::Milliseconds(100);
  using Waiting = std::array<bool, kComputeKinds>;

  /// Work of this kind, of which there was none, waits again.
  void Arrive(ComputeKind kind);
  /// A thread spent `time` on this kind.
  void Charge(ComputeKind kind, absl::Duration time);

  /// The kind that a free thread should take; nullopt if none waits.
  std::optional<ComputeKind> Next(const Waiting& waiting) const;
  /// What a thread in the middle of work of `kind` should do first: chains that have less than they
  /// are guaranteed, beside heavy work, whose slices may be long; unary work. nullopt: go on.
  std::optional<ComputeKind> YieldsTo(ComputeKind kind, const Waiting& waiting) const;

  /// The part of recent compute time that this kind had, 0 to 1.
  double Share(ComputeKind kind) const;
  /// The part of compute time that this kind can count on beside the others that wait; > 0.
  double Prospect(ComputeKind kind, const Waiting& waiting) const;

 private:
  double Total() const;
  /// Below what it is guaranteed.
  bool IsBehind(ComputeKind kind) const;

  std::array<double, kComputeKinds> busy_ = {};  ///< seconds, decayed
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_COMPUTE_SHARES_H_
