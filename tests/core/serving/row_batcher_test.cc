// The batcher driven by hand: no threads, every tile is the test's.
#include "core/serving/row_batcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/serving/fake_clock.h"
#include "tests/core/serving/small_servable.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using ::testing::Pair;
using testing::StatusIs;

/// Where a kernel was run.
struct Call {
  const float* input;
  const float* output;
  Index rows;
};

/// y = [x, 2 x] of rows of one number.
class Doubler final : public RowKernel {
 public:
  Doubler(ServableHandle servable, int layer, std::vector<Call>& calls,
          Job::Kind kind = Job::Kind::kUnary)
      : RowKernel(std::move(servable)), layer_(layer), calls_(calls), kind_(kind) {}
  RowKernelKey key() const override { return {&servable(), RowOperation::kEncode, layer_}; }
  Index input_columns() const override { return 1; }
  Index output_columns() const override { return 2; }
  double row_cost() const override { return 1e6; }
  Job::Kind kind() const override { return kind_; }
  absl::Status Run(ConstMatrixView input, MatrixView output, Workspace&,
                   YieldPoint yield) const override {
    calls_.push_back({input.data(), output.data(), input.rows()});
    if (absl::Status status = yield(); !status.ok()) return status;
    output.col(0) = input.col(0);
    output.col(1) = 2 * input.col(0);
    return absl::OkStatus();
  }
  absl::Status CheckRow(Index row, absl::Span<const float> output) const override {
    if (output[0] >= 0) return absl::OkStatus();
    return absl::InternalError("row " + std::to_string(row) + " is negative");
  }

 private:
  const int layer_;
  std::vector<Call>& calls_;
  const Job::Kind kind_;
};

/// Rows first, first + 1, ...
class Request final : public RowRequest {
 public:
  Request(const RowKernel& kernel, Index rows, float first)
      : kernel_(kernel), input_(rows, 1), answer(Matrix::Zero(rows, 2)) {
    for (Index row = 0; row < rows; ++row) input_(row, 0) = first + static_cast<float>(row);
  }
  const RowKernel& kernel() const override { return kernel_; }
  Index rows() const override { return input_.rows(); }
  const float* input_in_place() const override { return in_place ? input_.data() : nullptr; }
  absl::Status ReadRows(Index first, MatrixView into) override {
    into = input_.middleRows(first, into.rows());
    return read_status;
  }
  float* output_in_place() override { return in_place ? answer.data() : nullptr; }
  absl::Status WriteRows(Index first, ConstMatrixView rows) override {
    answer.middleRows(first, rows.rows()) = rows;
    written += rows.rows();
    return absl::OkStatus();
  }
  absl::Status Interruption() const override { return interruption; }
  void Finish(const absl::Status& status) override {
    EXPECT_EQ(++finished, 1);
    result = status;
    if (on_finish) on_finish();
  }
  bool IsAnswered() const {
    return finished == 1 && result.ok() && written == rows() && answer.col(0) == input_.col(0) &&
           answer.col(1) == 2 * input_.col(0);
  }

  const RowKernel& kernel_;
  Matrix input_;
  bool in_place = false;
  absl::Status read_status;
  absl::Status interruption;
  std::function<void()> on_finish;
  Matrix answer;
  Index written = 0;
  int finished = 0;
  absl::Status result;
};

class RowObserver final : public ServingObserver {
 public:
  void OnRowTile(const ServableIdentity&, const std::string&, std::int64_t rows,
                 std::int64_t requests) override {
    tiles.emplace_back(rows, requests);
  }
  void OnQueuedRows(const ServableIdentity&, std::int64_t change) override { queued += change; }
  std::vector<std::pair<std::int64_t, std::int64_t>> tiles;
  std::int64_t queued = 0;
};

class RowBatcherTest : public ::testing::Test {
 protected:
  explicit RowBatcherTest(int threads = 1) : executor_(ByHand(threads)) {}
  ~RowBatcherTest() override { executor_.Stop(); }
  Executor::Options ByHand(int threads) {
    Executor::Options options;
    options.threads = threads;
    options.driven_by_hand = true;
    options.clock = &clock_;
    options.observer = &observer_;
    return options;
  }
  Request& Make(Index rows, const RowKernel* kernel = nullptr) {
    return requests_.emplace_back(kernel == nullptr ? one_ : *kernel, rows,
                                  static_cast<float>(100 * requests_.size()));
  }
  Request& Add(Index rows, const RowKernel* kernel = nullptr) {
    Request& request = Make(rows, kernel);
    batcher_.Add(request);
    return request;
  }
  void RunAll() {
    while (executor_.RunOne()) {
    }
  }
  void ExpectAllAnswered() {
    int i = 0;
    for (const Request& request : requests_) EXPECT_TRUE(request.IsAnswered()) << "request " << i++;
    EXPECT_EQ(observer_.queued, 0);
  }

  const ServableHandle servable_ = testing::SmallServable();
  std::vector<Call> calls_;
  const Doubler one_{servable_, 1, calls_};
  const Doubler two_{servable_, 2, calls_};
  const Doubler heavy_{servable_, 3, calls_, Job::Kind::kHeavy};
  testing::FakeClock clock_;
  RowObserver observer_;
  std::list<Request> requests_;
  Executor executor_;
  RowBatcher batcher_{executor_};
};

TEST_F(RowBatcherTest, WhatWaitsSharesATile) {
  for (int i = 0; i < 5; ++i) Add(3);
  EXPECT_EQ(observer_.queued, 15);
  RunAll();
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(15, 5)));
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, OnlyEqualKernelsShareATileAndTheOldestRequestGoesFirst) {
  const Doubler like_one(servable_, 1, calls_);
  Add(1, &two_);
  Add(2);
  Add(4, &two_);
  Add(8, &like_one);
  RunAll();
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(5, 2), Pair(10, 2)));
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, ALargeRequestIsCutAndTakesTurnsWithSmallOnes) {
  Add(600);
  Request& small = Add(1);
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(256, 1)));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_TRUE(small.IsAnswered());
  RunAll();
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, ManySmallRequestsMakeTilesOf64AndASmallRestKeepsItsPlace) {
  std::vector<Request*> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(&Add(3));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_TRUE(executor_.RunOne());
  // 64 rows are 21 requests and a row of the next.
  EXPECT_TRUE(requests[21]->IsAnswered());
  RunAll();
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(64, 22), Pair(64, 22), Pair(22, 8)));
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, ATileOfOneRequestIsReadAndWrittenInPlace) {
  Request& request = Make(300);
  request.in_place = true;
  batcher_.Add(request);
  RunAll();
  EXPECT_EQ(calls_[0].input, request.input_.data());
  EXPECT_EQ(calls_[0].output, request.answer.data());
  EXPECT_EQ(calls_[1].input, request.input_.data() + 256);
  EXPECT_EQ(calls_[1].output, request.answer.data() + 512);
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, InPlaceRequestsShareTilesWithOthers) {
  Request& request = Make(3);
  request.in_place = true;
  batcher_.Add(request);
  Add(2);
  RunAll();
  EXPECT_THAT(observer_.tiles, ElementsAre(Pair(5, 2)));
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, ARequestThatNobodyWaitsForIsNotComputed) {
  Request& cancelled = Add(3);
  Add(2);
  cancelled.interruption = absl::CancelledError("gone");
  RunAll();
  EXPECT_THAT(cancelled.result, StatusIs(absl::StatusCode::kCancelled));
  EXPECT_EQ(calls_[0].rows, 2);
}

TEST_F(RowBatcherTest, AnErrorEndsItsRequestAloneAndWhatWaitsOfIt) {
  Request& unreadable = Make(600);
  unreadable.read_status = absl::InvalidArgumentError("NaN");
  batcher_.Add(unreadable);
  Request& refused = requests_.emplace_back(one_, 2, -1.0F);
  batcher_.Add(refused);
  Request& good = Add(3);
  RunAll();
  EXPECT_THAT(unreadable.result, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(refused.result, StatusIs(absl::StatusCode::kInternal, "row 0 is negative"));
  EXPECT_TRUE(good.IsAnswered());
  EXPECT_EQ(observer_.queued, 0);
}

TEST_F(RowBatcherTest, HeavyWorkIsGivenUpOnceNobodyWaits) {
  Request& request = Make(2, &heavy_);
  batcher_.Add(request);
  Job unary;
  // Runs at the kernel's yield point.
  unary.run = [&](Workspace&, YieldPoint) {
    request.interruption = absl::DeadlineExceededError("late");
    return Job::Slice::kDone;
  };
  unary.abandon = [](const absl::Status&) {};
  request.on_finish = [] {};
  executor_.Submit(std::move(unary));
  RunAll();
  EXPECT_THAT(request.result, StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_F(RowBatcherTest, ARequestWithoutRowsIsFinishedAtOnce) {
  EXPECT_TRUE(Add(0).IsAnswered());
  EXPECT_FALSE(executor_.RunOne());
}

TEST_F(RowBatcherTest, ARequestMayAddAnotherOneWhenItIsFinished) {
  Request& second = Make(2);
  Request& first = Make(1);
  first.on_finish = [&] { batcher_.Add(second); };
  batcher_.Add(first);
  RunAll();
  ExpectAllAnswered();
}

TEST_F(RowBatcherTest, StopFinishesWhatWaitsAndWhatComesLater) {
  Request& cut = Add(600);
  Request& waiting = Add(1);
  EXPECT_TRUE(executor_.RunOne());
  batcher_.Stop();
  Request& late = Add(1);
  for (const Request* request : {&cut, &waiting, &late}) {
    EXPECT_EQ(request->finished, 1);
    EXPECT_THAT(request->result, StatusIs(absl::StatusCode::kUnavailable));
  }
  RunAll();
  EXPECT_EQ(observer_.queued, 0);
  EXPECT_EQ(executor_.EstimatedWait(), absl::ZeroDuration());
}

TEST_F(RowBatcherTest, StoppingTheExecutorFinishesRequestsToo) {
  Request& request = Add(1);
  executor_.Stop();
  EXPECT_THAT(request.result, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(Add(1).result, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(RowBatcherTest, TheRowsThatWaitMakeTheEstimate) {
  Add(64);
  const absl::Duration one = executor_.EstimatedWait();
  EXPECT_GT(one, absl::ZeroDuration());
  Add(64);
  EXPECT_EQ(executor_.EstimatedWait(), 2 * one);
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_EQ(executor_.EstimatedWait(), one);
  RunAll();
  EXPECT_EQ(executor_.EstimatedWait(), absl::ZeroDuration());
}

class RowBatcherTwoThreadsTest : public RowBatcherTest {
 protected:
  RowBatcherTwoThreadsTest() : RowBatcherTest(2) {}
};

TEST_F(RowBatcherTwoThreadsTest, ARequestIsCutSoThatNoThreadIsIdle) {
  Add(100);
  RunAll();
  EXPECT_THAT(observer_.tiles.front(), Pair(64, 1));
  Add(8);
  RunAll();
  EXPECT_THAT(observer_.tiles.back(), Pair(8, 1)) << "too little to share";
  ExpectAllAnswered();
}

}  // namespace
}  // namespace cae
