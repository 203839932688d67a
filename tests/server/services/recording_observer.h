// RecordingObserver: remembers what the rpcs said, and lets tests wait for it.
#ifndef CAE_TESTS_SERVER_SERVICES_RECORDING_OBSERVER_H_
#define CAE_TESTS_SERVER_SERVICES_RECORDING_OBSERVER_H_

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/base/mutex.h"
#include "server/requests/rpc_observer.h"

namespace cae::testing {

/// Thread-safe.
class RecordingObserver : public RpcObserver {
 public:
  void OnRows(const std::string& model, const char* operation, std::int64_t rows) override {
    MutexLock lock(mutex_);
    rows_[model + "/" + operation] += rows;
  }
  void OnRejected(const char* method, const std::string& reason) override {
    MutexLock lock(mutex_);
    rejected_.push_back(std::string(method) + "/" + reason);
  }
  void OnDrawsSent(const std::string& /*model*/, std::int64_t draws) override {
    MutexLock lock(mutex_);
    draws_ += draws;
    ++messages_;
  }
  void OnStreamFinished(const char* reason) override {
    MutexLock lock(mutex_);
    ended_.emplace_back(reason);
    stream_ended_.NotifyAll();
  }

  std::map<std::string, std::int64_t> rows() const {
    MutexLock lock(mutex_);
    return rows_;
  }
  std::vector<std::string> rejected() const {
    MutexLock lock(mutex_);
    return rejected_;
  }
  std::int64_t draws() const {
    MutexLock lock(mutex_);
    return draws_;
  }
  int messages() const {
    MutexLock lock(mutex_);
    return messages_;
  }
  /// The reasons of the first `count` streams to end; fewer if that takes longer than 30 s.
  std::vector<std::string> WaitForStreams(std::size_t count) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    MutexLock lock(mutex_);
    while (ended_.size() < count && std::chrono::steady_clock::now() < end) {
      stream_ended_.WaitFor(mutex_, std::chrono::seconds(1));
    }
    return ended_;
  }

 private:
  mutable Mutex mutex_;
  CondVar stream_ended_;
  std::map<std::string, std::int64_t> rows_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> rejected_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> ended_ ABSL_GUARDED_BY(mutex_);
  std::int64_t draws_ ABSL_GUARDED_BY(mutex_) = 0;
  int messages_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_SERVICES_RECORDING_OBSERVER_H_
