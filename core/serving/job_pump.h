// JobPump: how many jobs should be in the executor for work that waits elsewhere.
#ifndef CAE_CORE_SERVING_JOB_PUMP_H_
#define CAE_CORE_SERVING_JOB_PUMP_H_

#include <algorithm>

#include "core/serving/executor.h"

namespace cae {

/// Work that several jobs could do as well as one is kept in a table of its own; jobs take pieces
/// out of it, slice by slice. This counts them: one for each piece that waits, one a thread at
/// most. Thread-compatible: guarded by the lock of the table.
class JobPump {
 public:
  explicit JobPump(int threads) : threads_(threads) {}

  /// How many more jobs to submit where `pieces` wait; counts them as submitted.
  int Wanted(int pieces) {
    const int wanted = std::max(0, std::min(threads_ - jobs_, pieces - idle_));
    jobs_ += wanted;
    idle_ += wanted;
    return wanted;
  }
  /// A job has its turn and takes a piece.
  void Begin() { --idle_; }
  /// Its turn is over: it gets another one where pieces wait.
  Job::Slice End(bool more) {
    if (more) {
      ++idle_;
      return Job::Slice::kMore;
    }
    --jobs_;
    return Job::Slice::kDone;
  }
  /// A job between its turns was abandoned.
  void Abandon() {
    --idle_;
    --jobs_;
  }

 private:
  int threads_;
  int jobs_ = 0;  ///< in the executor, waiting or at work
  int idle_ = 0;  ///< of these, those that wait for their turn
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_JOB_PUMP_H_
