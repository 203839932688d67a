// ChainLoad: how much work the running streams are, and how long it takes.
#ifndef CAE_CORE_SERVING_CHAIN_LOAD_H_
#define CAE_CORE_SERVING_CHAIN_LOAD_H_

#include <algorithm>

#include "absl/time/time.h"
#include "core/serving/chain_stream.h"

namespace cae {

/// Counts in arithmetic operations, whose time it learns from the tiles that are run.
/// Thread-compatible.
class ChainLoad {
 public:
  void Add(const ChainStream& stream) { Count(stream, 1); }
  void Remove(const ChainStream& stream) { Count(stream, -1); }

  /// Chains of all of them.
  Index chains() const { return chains_; }

  /// A tile of so many operations took that long. One that took many times the mean, as when the
  /// machine stood still, counts as a few times it: after the last tile nothing would set the mean
  /// right again.
  void Measured(double operations, absl::Duration took) {
    constexpr double kNewest = 0.1, kMost = 4;
    const double now = absl::ToDoubleNanoseconds(took) / operations;
    nanoseconds_ += kNewest * (std::min(now, kMost * nanoseconds_) - nanoseconds_);
  }

  /// Nanoseconds that one thread will take for a step of a new stream, beside the streams that run:
  /// of each of them, no more than its fair share.
  double StepNanoseconds(double own_operations) const {
    const double others = std::min(operations_, own_operations * streams_);
    return (own_operations + others) * nanoseconds_;
  }

 private:
  void Count(const ChainStream& stream, int streams) {
    streams_ += streams;
    chains_ += streams * stream.chains();
    operations_ += streams * static_cast<double>(stream.chains()) * stream.step_cost();
  }

  int streams_ = 0;
  Index chains_ = 0;
  double operations_ = 0;      ///< of a step of all
  double nanoseconds_ = 0.05;  ///< of an operation, moving mean; 20 GFLOP/s before any was measured
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_LOAD_H_
