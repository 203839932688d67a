// RecordingSink: keeps all that a stream of chains puts.
#ifndef CAE_TESTS_CORE_SERVING_RECORDING_SINK_H_
#define CAE_TESTS_CORE_SERVING_RECORDING_SINK_H_

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

#include "core/base/mutex.h"
#include "core/serving/draw_sink.h"

namespace cae::testing {

/// Ends its stream after `draws_wanted` draws. Thread-safe as DrawSink asks; read it once it has
/// ended.
class RecordingSink final : public DrawSink {
 public:
  explicit RecordingSink(Index chains, std::int64_t draws_wanted)
      : chains_(chains), draws_wanted_(draws_wanted) {}

  absl::Status PutRows(const DrawRows& rows) override {
    MutexLock lock(mutex_);
    EXPECT_FALSE(ended_);
    const Index count = rows.draws.rows();
    if (current_.rows() == 0) current_.setZero(chains_, rows.draws.cols());
    current_.middleRows(rows.first, count) = rows.draws;
    EXPECT_EQ(rows.codes.rows(), wants_codes ? count : 0);
    EXPECT_EQ(rows.values.rows(), wants_statistics ? count : 0);
    EXPECT_EQ(rows.logits.rows(), wants_logits ? count : 0);
    Keep(rows.first, rows.codes, codes);
    Keep(rows.first, rows.values, values);
    Keep(rows.first, rows.logits, logits);
    rows_put_ += count;
    return put_status;
  }
  absl::StatusOr<AfterDraw> DrawDone(const ChainStreamState& state) override {
    {
      MutexLock lock(mutex_);
      EXPECT_EQ(rows_put_, chains_) << "each chain's row is put once";
      rows_put_ = 0;
      draws.push_back(current_);
      EXPECT_EQ(state.draws_done, first_draw + static_cast<std::int64_t>(draws.size()));
    }
    if (after_draw) return after_draw(state);
    return state.draws_done >= draws_wanted_ ? AfterDraw::kEnd : AfterDraw::kContinue;
  }
  absl::Status Interruption() const override {
    const bool too_often = ++asked > cancelled_after_asking;
    return cancelled || too_often ? absl::CancelledError("the client cancelled the call")
                                  : absl::OkStatus();
  }
  absl::Time InterruptedFrom() const override { return interrupted_from; }
  void Ended(const absl::Status& status, const ChainStreamState& state) override {
    {
      MutexLock lock(mutex_);
      EXPECT_FALSE(ended_) << "a stream ends once";
      ended_ = true;
      ended_with = status;
      states = state.states;
      steps_done = state.steps_done;
      draws_done = state.draws_done;
    }
    if (on_end) on_end();
  }

  bool ended() const {
    MutexLock lock(mutex_);
    return ended_;
  }

  // Set before the stream is added.
  bool wants_codes = false;
  bool wants_statistics = false;
  bool wants_logits = false;
  std::int64_t first_draw = 0;
  absl::Status put_status;
  int cancelled_after_asking = std::numeric_limits<int>::max();
  absl::Time interrupted_from = absl::InfiniteFuture();
  std::function<absl::StatusOr<AfterDraw>(const ChainStreamState&)> after_draw;
  std::function<void()> on_end;

  std::atomic<bool> cancelled = false;
  mutable std::atomic<int> asked = 0;

  std::vector<Matrix> draws;
  Matrix codes;  ///< of the last draw, as the others
  MatrixD values;
  Matrix logits;
  absl::Status ended_with = absl::UnknownError("not ended");
  Matrix states;
  std::int64_t steps_done = -1;
  std::int64_t draws_done = -1;

 private:
  template <typename View, typename Kept>
  void Keep(Index first, const View& rows, Kept& kept) {
    if (rows.rows() == 0) return;
    if (kept.rows() == 0) kept.setZero(chains_, rows.cols());
    kept.middleRows(first, rows.rows()) = rows;
  }

  const Index chains_;
  const std::int64_t draws_wanted_;
  mutable Mutex mutex_;
  Matrix current_;
  Index rows_put_ = 0;
  bool ended_ = false;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_SERVING_RECORDING_SINK_H_
