// HeldExecutor: keeps an executor of one thread busy, so that what is submitted waits.
#ifndef CAE_TESTS_SERVER_SERVICES_HELD_EXECUTOR_H_
#define CAE_TESTS_SERVER_SERVICES_HELD_EXECUTOR_H_

#include <latch>

#include "core/serving/executor.h"

namespace cae::testing {

/// A job that only counts down.
inline Job CountingJob(std::latch& done, Job::Kind kind) {
  Job job;
  job.operation = "test";
  job.kind = kind;
  job.run = [&done](Workspace&, YieldPoint) {
    done.count_down();
    return Job::Slice::kDone;
  };
  job.abandon = [&done](const absl::Status&) { done.count_down(); };
  return job;
}

/// Returns when every job submitted so far, and what those submitted meanwhile, had its turn.
/// Needs an executor of one thread.
inline void LetJobsRun(Executor& executor) {
  for (int turn = 0; turn < 100; ++turn) {
    std::latch done(1);
    executor.Submit(CountingJob(done, Job::Kind::kChains));
    done.wait();
  }
}

/// Holds the thread from its construction to Release(), called by the destructor at the latest.
class HeldExecutor {
 public:
  explicit HeldExecutor(Executor& executor) {
    Job job;
    job.operation = "test";
    job.run = [this](Workspace&, YieldPoint) {
      running_.count_down();
      release_.wait();
      finished_.count_down();
      return Job::Slice::kDone;
    };
    job.abandon = [this](const absl::Status&) { finished_.count_down(); };
    executor.Submit(std::move(job));
    running_.wait();
  }
  HeldExecutor(const HeldExecutor&) = delete;
  HeldExecutor& operator=(const HeldExecutor&) = delete;
  ~HeldExecutor() { Release(); }

  void Release() {
    if (!release_.try_wait()) release_.count_down();
    finished_.wait();
  }

 private:
  std::latch running_{1};
  std::latch release_{1};
  std::latch finished_{1};
};

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_SERVICES_HELD_EXECUTOR_H_
