// SignalThread: turns SIGTERM and SIGINT into something that a thread can wait for.
#ifndef CAE_SERVER_SIGNAL_THREAD_H_
#define CAE_SERVER_SIGNAL_THREAD_H_

#include <signal.h>

#include <optional>
#include <thread>

#include "core/base/mutex.h"

namespace cae {

/// Takes the signals on a thread of its own, so that nothing runs inside a handler. The first one
/// ends Wait(); a second one ends the process at once, with exit code 1. Before Ready() was called
/// there is nothing to drain, and the first one already ends the process, with 0.
///
/// Make it before any other thread: they inherit that these signals are blocked. One a process.
/// Thread-safe.
class SignalThread {
 public:
  SignalThread();
  ~SignalThread();
  SignalThread(const SignalThread&) = delete;
  SignalThread& operator=(const SignalThread&) = delete;

  /// From now on a signal is left to Wait().
  void Ready();

  /// Waits for the first signal and returns its number.
  int Wait();

 private:
  void ThreadLoop();
  void Take(int signal);

  sigset_t signals_;
  Mutex mutex_;
  CondVar arrived_;
  bool ready_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<int> first_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace cae

#endif  // CAE_SERVER_SIGNAL_THREAD_H_
