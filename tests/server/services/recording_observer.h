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
  void OnDrawsSent(const std::string& model, std::int64_t draws) override {
    MutexLock lock(mutex_);
    draws_[model] += draws;
    ++messages_;
  }
  void OnStreamFinished(const char* reason, absl::Duration /*took*/) override {
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
    std::int64_t sum = 0;
    for (const auto& [model, draws] : draws_) sum += draws;
    return sum;
  }
  std::int64_t draws(const std::string& model) const {
    MutexLock lock(mutex_);
    const auto found = draws_.find(model);
    return found == draws_.end() ? 0 : found->second;
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
  std::map<std::string, std::int64_t> draws_ ABSL_GUARDED_BY(mutex_);  ///< by model
  int messages_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_SERVICES_RECORDING_OBSERVER_H_
