// A step of chains allocates nothing of ours once its buffers have grown. A program of its own,
// because it counts every operator new in it but those that oneDNN calls (some seven a product).
#include <dlfcn.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "core/sampling/chain_stepper.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

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

TEST(StepAllocationTest, AStepAllocatesNothingOnceItsBuffersHaveGrown) {
  const auto model = *Autoencoder::Create(testing::RandomModelParameters(
      {30, 40, 20}, {Activation::kLogistic}, testing::Weights::kTied, 1));
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    const ChainStepper stepper(*model, process);
    Workspace workspace;
    Matrix states = testing::RandomMatrix(70, stepper.state_units(), 2, 0, 1);
    Matrix codes(70, stepper.code_units());
    const std::vector<ChainRow> rows(70);
    const auto step = [&] {
      return stepper.Step(rows, 0, states, codes, workspace, NeverYield).ok();
    };
    EXPECT_TRUE(step());
    const long before = allocations;
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(step());
    EXPECT_EQ(allocations - before, 0);
  }
}

}  // namespace
}  // namespace cae
