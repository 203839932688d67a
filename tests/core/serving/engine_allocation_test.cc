// A turn of the scheduler, once warm, allocates nothing of ours.
#include <gtest/gtest.h>

#include <list>
#include <utility>

#include "core/serving/chain_scheduler.h"
#include "tests/core/serving/small_servable.h"
#include "tests/testing/allocation_counter.h"

namespace cae {
namespace {

class EndlessSink final : public DrawSink {
 public:
  absl::Status PutRows(const DrawRows&) override { return absl::OkStatus(); }
  absl::StatusOr<AfterDraw> DrawDone(const ChainStreamState&) override {
    return AfterDraw::kContinue;
  }
  absl::Status Interruption() const override { return absl::OkStatus(); }
  void Ended(const absl::Status&, const ChainStreamState&) override {}
};

TEST(EngineAllocationTest, ATurnOfTheSchedulerAllocatesNothingOnceWarm) {
  const ServableHandle servable = testing::SmallServable();
  Executor::Options options;
  options.threads = 2;
  options.driven_by_hand = true;
  Executor executor(options);
  ChainScheduler scheduler(executor);
  std::list<EndlessSink> sinks;
  // Several streams a tile and several tiles a stream, with and without a draw at each step.
  for (const Index chains : {100, 1, 2, 3, 40}) {
    for (const std::int64_t thinning : {1, 7}) {
      ChainStreamSpec spec = testing::SmallSpec(servable, chains);
      spec.thinning = thinning;
      spec.codes = thinning == 7;
      scheduler.Add(scheduler.Prepare(std::move(spec), sinks.emplace_back()));
    }
  }
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(executor.RunOne());
  const long before = testing::Allocations();
  ASSERT_GT(before, 0) << "they are not counted";
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(executor.RunOne());
  EXPECT_EQ(testing::Allocations() - before, 0);
  executor.Stop();
}

}  // namespace
}  // namespace cae
