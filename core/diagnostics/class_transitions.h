// ClassTransitions: how often chains go from one predicted class to another.
#ifndef CAE_CORE_DIAGNOSTICS_CLASS_TRANSITIONS_H_
#define CAE_CORE_DIAGNOSTICS_CLASS_TRANSITIONS_H_

#include <cstdint>
#include <vector>

#include "core/math/matrix.h"

namespace cae {

/// Counts pairs of consecutive draws, over all chains. O(classes²) memory. Thread-compatible.
class ClassTransitions {
 public:
  explicit ClassTransitions(Index classes)
      : classes_(classes), counts_(static_cast<std::size_t>(classes * classes), 0) {}

  /// The next draw of every chain, as its logits: [chains, classes], the same chains each time. The
  /// class is that of the largest logit, the first on ties.
  void Observe(ConstMatrixView logits);

  Index classes() const { return classes_; }
  /// [classes, classes] row-major: draws of class j that follow a draw of class i at i · classes +
  /// j.
  const std::vector<std::int64_t>& counts() const { return counts_; }

 private:
  Index classes_;
  std::vector<Index> last_;  ///< class of each chain's last draw; empty before the first
  std::vector<std::int64_t> counts_;
};

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_CLASS_TRANSITIONS_H_
