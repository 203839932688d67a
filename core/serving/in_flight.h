// InFlight: counts the requests that run, so that a drain can turn new ones away and wait for the
// rest.
#ifndef CAE_CORE_SERVING_IN_FLIGHT_H_
#define CAE_CORE_SERVING_IN_FLIGHT_H_

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "core/base/mutex.h"

namespace cae {

/// Thread-safe; must outlive its tokens.
class InFlight {
 public:
  /// One request under way; ends when destroyed. Movable; an empty one counts nothing.
  class Token {
   public:
    Token() = default;
    Token(Token&& other) noexcept { *this = std::move(other); }
    Token& operator=(Token&& other) noexcept {
      std::swap(owner_, other.owner_);
      return *this;
    }
    ~Token() {
      if (owner_ != nullptr) owner_->Leave();
    }

   private:
    friend class InFlight;
    explicit Token(InFlight* owner) : owner_(owner) {}
    InFlight* owner_ = nullptr;
  };

  InFlight() = default;
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;

  /// Begins a request; nullopt after Close(): the server is draining.
  std::optional<Token> Enter() {
    MutexLock lock(mutex_);
    if (closed_) return std::nullopt;
    ++count_;
    return Token(this);
  }

  /// Lets nothing in any more.
  void Close() {
    MutexLock lock(mutex_);
    closed_ = true;
  }

  bool closed() const {
    MutexLock lock(mutex_);
    return closed_;
  }

  std::int64_t count() const {
    MutexLock lock(mutex_);
    return count_;
  }

  /// Waits until nothing runs, `timeout` (or a year) at most. Returns false when the time ran out.
  bool WaitUntilEmpty(std::chrono::nanoseconds timeout) {
    // A longest wait, because the sum with the present time must not overflow.
    constexpr std::chrono::nanoseconds kLongest = std::chrono::hours(24 * 365);
    const auto deadline = std::chrono::steady_clock::now() + std::min(timeout, kLongest);
    MutexLock lock(mutex_);
    while (count_ > 0) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left <= std::chrono::nanoseconds::zero()) return false;
      empty_.WaitFor(mutex_, left);
    }
    return true;
  }

 private:
  void Leave() {
    MutexLock lock(mutex_);
    if (--count_ == 0) empty_.NotifyAll();
  }

  mutable Mutex mutex_;
  CondVar empty_;
  std::int64_t count_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_IN_FLIGHT_H_
