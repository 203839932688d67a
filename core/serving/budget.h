// Budget: how much work of one kind may be under way at once, and the reservations that draw on it.
#ifndef CAE_CORE_SERVING_BUDGET_H_
#define CAE_CORE_SERVING_BUDGET_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/mutex.h"

namespace cae {

/// Counts units (rows, chains, streams) up to a limit. What does not fit is refused at once:
/// nothing queues for a budget. Thread-safe; must outlive its reservations.
class Budget {
 public:
  /// Gives its units back when destroyed. Movable; an empty one holds nothing.
  class Reservation {
   public:
    Reservation() = default;
    Reservation(Reservation&& other) noexcept { *this = std::move(other); }
    Reservation& operator=(Reservation&& other) noexcept {
      std::swap(budget_, other.budget_);
      std::swap(units_, other.units_);
      return *this;
    }
    ~Reservation() {
      if (budget_ != nullptr) budget_->Release(units_);
    }

   private:
    friend class Budget;
    Reservation(Budget* budget, std::int64_t units) : budget_(budget), units_(units) {}
    Budget* budget_ = nullptr;
    std::int64_t units_ = 0;
  };

  explicit Budget(std::int64_t limit) : limit_(limit) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  /// Takes `units` ≥ 0, or nullopt if they do not fit beside what is taken. A request larger than
  /// the whole limit is let in when nothing else is: the limits of the card have already bounded
  /// it, and it could never be served otherwise.
  std::optional<Reservation> Reserve(std::int64_t units) {
    MutexLock lock(mutex_);
    if (used_ > 0 && units > limit_ - used_) return std::nullopt;
    used_ += units;
    return Reservation(this, units);
  }

  std::int64_t limit() const { return limit_; }
  std::int64_t used() const {
    MutexLock lock(mutex_);
    return used_;
  }

 private:
  void Release(std::int64_t units) {
    MutexLock lock(mutex_);
    used_ -= units;
  }

  const std::int64_t limit_;
  mutable Mutex mutex_;
  std::int64_t used_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_BUDGET_H_
