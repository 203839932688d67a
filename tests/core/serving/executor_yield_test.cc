// Executors driven by hand: every turn is the test's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "core/serving/executor.h"
#include "tests/core/serving/fake_clock.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::ElementsAre;

class ExecutorYieldTest : public ::testing::Test {
 protected:
  static Executor::Options ByHand(const Clock& clock) {
    Executor::Options options;
    options.threads = 1;
    options.driven_by_hand = true;
    options.clock = &clock;
    return options;
  }
  /// A job of one slice that takes `time` and notes its name.
  Job Named(const std::string& name, Job::Kind kind, absl::Duration time) {
    Job job;
    job.operation = name;
    job.kind = kind;
    job.run = [this, name, time](Workspace& workspace, YieldPoint) {
      order_.push_back(name);
      workspaces_.push_back(&workspace);
      clock_.Advance(time);
      return Job::Slice::kDone;
    };
    job.abandon = [](const absl::Status& status) { ADD_FAILURE() << status; };
    return job;
  }
  /// A slice of `products` products of a millisecond each, with a yield point before each.
  Job Products(const std::string& name, Job::Kind kind, int products) {
    Job job = Named(name, kind, absl::ZeroDuration());
    job.run = [this, name, products](Workspace& workspace, YieldPoint yield) {
      for (int i = 0; i < products; ++i) {
        EXPECT_THAT(yield(), testing::IsOk());
        order_.push_back(name);
        workspaces_.push_back(&workspace);
        clock_.Advance(absl::Milliseconds(1));
      }
      return Job::Slice::kDone;
    };
    return job;
  }

  testing::FakeClock clock_;
  std::vector<std::string> order_;
  std::vector<Workspace*> workspaces_;
  Executor executor_{ByHand(clock_)};
};

TEST_F(ExecutorYieldTest, RunsOneSliceATurnAndSaysWhenNothingWaits) {
  executor_.Submit(Named("a", Job::Kind::kUnary, absl::ZeroDuration()));
  executor_.Submit(Named("b", Job::Kind::kUnary, absl::ZeroDuration()));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_THAT(order_, ElementsAre("a"));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_FALSE(executor_.RunOne());
}

TEST_F(ExecutorYieldTest, UnaryJobsRunBetweenTheProductsOfALongSlice) {
  Job chains = Products("C", Job::Kind::kChains, 2);
  chains.run = [this, run = chains.run](Workspace& workspace, YieldPoint yield) {
    // They come while the slice runs.
    executor_.Submit(Named("u", Job::Kind::kUnary, absl::Microseconds(10)));
    executor_.Submit(Named("v", Job::Kind::kUnary, absl::Microseconds(10)));
    clock_.Advance(absl::Milliseconds(1));
    return run(workspace, yield);
  };
  executor_.Submit(std::move(chains));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_THAT(order_, ElementsAre("u", "v", "C", "C"));
  EXPECT_NE(workspaces_[0], workspaces_[2]) << "the slice's own workspace is in use";
  EXPECT_EQ(workspaces_[2], workspaces_[3]);
  EXPECT_FALSE(executor_.RunOne());
}

TEST_F(ExecutorYieldTest, HeavyAndChainJobsDoNotRunBetweenProducts) {
  Job heavy = Products("H", Job::Kind::kHeavy, 1);
  heavy.run = [this, run = heavy.run](Workspace& workspace, YieldPoint yield) {
    executor_.Submit(Named("C", Job::Kind::kChains, absl::Milliseconds(1)));
    return run(workspace, yield);
  };
  executor_.Submit(std::move(heavy));
  while (executor_.RunOne()) {
  }
  EXPECT_THAT(order_, ElementsAre("H", "C"));
}

TEST_F(ExecutorYieldTest, ChainsKeepTheirShareBesideAHeavySliceOfAnyLength) {
  int steps = 0;
  Job chains = Named("C", Job::Kind::kChains, absl::Milliseconds(1));
  chains.run = [&steps, run = chains.run](Workspace& workspace, YieldPoint yield) {
    ++steps;
    (void)run(workspace, yield);
    return Job::Slice::kMore;
  };
  chains.abandon = [](const absl::Status&) {};
  executor_.Submit(std::move(chains));
  executor_.Submit(Products("H", Job::Kind::kHeavy, 1000));
  while (order_.empty() || order_.back() != "H") ASSERT_TRUE(executor_.RunOne());
  EXPECT_GE(steps, 200);
  EXPECT_LE(steps, 400);
  executor_.Stop();
}

TEST_F(ExecutorYieldTest, UnaryJobsRunWithinChainsThatRunWithinHeavyWork) {
  // Chains are behind at first, so the unary job waits for some of their products.
  Job chains = Products("C", Job::Kind::kChains, 40);
  chains.run = [this, run = chains.run](Workspace& workspace, YieldPoint yield) {
    executor_.Submit(Named("u", Job::Kind::kUnary, absl::Microseconds(10)));
    const Job::Slice slice = run(workspace, yield);
    EXPECT_EQ(workspace.lent_nanoseconds, absl::ToInt64Nanoseconds(absl::Microseconds(10)));
    return slice;
  };
  Job heavy = Products("H", Job::Kind::kHeavy, 20);
  heavy.run = [this, chains, run = heavy.run](Workspace& workspace, YieldPoint yield) {
    executor_.Submit(chains);
    const Job::Slice slice = run(workspace, yield);
    EXPECT_EQ(workspace.lent_nanoseconds, absl::ToInt64Nanoseconds(absl::Microseconds(40'010)));
    return slice;
  };
  executor_.Submit(std::move(heavy));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_FALSE(executor_.RunOne());
  ASSERT_EQ(order_.size(), 61u);
  const std::size_t at = std::find(order_.begin(), order_.end(), "u") - order_.begin();
  ASSERT_LT(at, 60u);
  EXPECT_EQ(order_[at - 1], "C");
  EXPECT_EQ(order_[at + 1], "C");
  EXPECT_EQ(order_.front(), "H");
  EXPECT_EQ(order_.back(), "H");
  EXPECT_NE(workspaces_[at], workspaces_[at + 1]);
  EXPECT_NE(workspaces_[at], workspaces_.front());
  EXPECT_NE(workspaces_[at + 1], workspaces_.front());
}

TEST_F(ExecutorYieldTest, AThreadThatIsLentIsNotLentAgain) {
  Job inner = Products("inner", Job::Kind::kUnary, 1);
  inner.run = [this, run = inner.run](Workspace& workspace, YieldPoint yield) {
    executor_.Submit(Named("u", Job::Kind::kUnary, absl::ZeroDuration()));
    return run(workspace, yield);
  };
  Job outer = Products("outer", Job::Kind::kChains, 1);
  outer.run = [this, inner, run = outer.run](Workspace& workspace, YieldPoint yield) {
    executor_.Submit(inner);
    clock_.Advance(absl::Milliseconds(1));
    return run(workspace, yield);
  };
  executor_.Submit(std::move(outer));
  EXPECT_TRUE(executor_.RunOne());
  EXPECT_THAT(order_, ElementsAre("inner", "u", "outer"));
}

/// Keeps `kind` busy for 5 s while unary jobs of `unary` come without end; returns its part.
double PartUnderFlood(Job::Kind kind, int products, absl::Duration unary) {
  testing::FakeClock clock;
  Executor::Options options;
  options.threads = 1;
  options.driven_by_hand = true;
  options.clock = &clock;
  Executor executor(options);
  absl::Duration used;
  Job flood;
  flood.run = [&](Workspace&, YieldPoint) {
    clock.Advance(unary);
    return Job::Slice::kMore;
  };
  flood.abandon = [](const absl::Status&) {};
  Job job;
  job.kind = kind;
  job.run = [&](Workspace&, YieldPoint yield) {
    for (int i = 0; i < products; ++i) {
      EXPECT_THAT(yield(), testing::IsOk());
      clock.Advance(absl::Milliseconds(1));
      used += absl::Milliseconds(1);
    }
    return Job::Slice::kMore;
  };
  job.abandon = [](const absl::Status&) {};
  executor.Submit(std::move(flood));
  executor.Submit(std::move(job));
  const absl::Time start = clock.Now();
  while (clock.Now() - start < absl::Seconds(5)) executor.RunOne();
  return absl::FDivDuration(used, clock.Now() - start);
}

TEST(ExecutorFloodTest, ChainsAndHeavyWorkKeepAFifthOfTheTime) {
  EXPECT_NEAR(PartUnderFlood(Job::Kind::kChains, 3, absl::Microseconds(20)), 0.2, 0.01);
  EXPECT_NEAR(PartUnderFlood(Job::Kind::kChains, 3, absl::Milliseconds(5)), 0.2, 0.02);
  EXPECT_NEAR(PartUnderFlood(Job::Kind::kHeavy, 300, absl::Microseconds(20)), 0.2, 0.01);
}

TEST_F(ExecutorYieldTest, EstimatesTheWaitFromTheBacklogAndTheShare) {
  executor_.ChangeBacklog(Job::Kind::kUnary, absl::Seconds(4));
  EXPECT_EQ(executor_.EstimatedWait(), absl::Seconds(4));
  executor_.Submit(Named("C", Job::Kind::kChains, absl::ZeroDuration()));
  EXPECT_EQ(executor_.EstimatedWait(), absl::Seconds(5)) << "chains take a fifth";
  executor_.ChangeBacklog(Job::Kind::kUnary, absl::Seconds(-4));
  EXPECT_EQ(executor_.EstimatedWait(), absl::ZeroDuration());
  EXPECT_TRUE(executor_.RunOne());
}

}  // namespace
}  // namespace cae
