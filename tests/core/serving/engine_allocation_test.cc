// A turn of the scheduler, once warm, allocates nothing of ours. A program of its own, because it
// counts every operator new in it but those that oneDNN calls (some seven a product).
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <list>
#include <new>

#include "core/serving/chain_scheduler.h"
#include "tests/core/serving/small_servable.h"

namespace {

std::atomic<long> allocations{0};

void* Count(std::size_t size, std::size_t alignment, void* caller) {
  Dl_info info;
  const bool is_ours = dladdr(caller, &info) == 0 || info.dli_fname == nullptr ||
                       std::strstr(info.dli_fname, "libdnnl") == nullptr;
  if (is_ours) ++allocations;
  void* const memory =
      std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* operator new(std::size_t size) {
  return Count(size, alignof(std::max_align_t), __builtin_return_address(0));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Count(size, static_cast<std::size_t>(alignment), __builtin_return_address(0));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

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
  const long before = allocations;
  for (int i = 0; i < 300; ++i) ASSERT_TRUE(executor.RunOne());
  EXPECT_EQ(allocations - before, 0);
  executor.Stop();
}

}  // namespace
}  // namespace cae
