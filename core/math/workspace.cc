#include "core/math/workspace.h"

#include <new>

namespace cae {
namespace {

constexpr std::align_val_t kCacheLine{64};

}  // namespace

void ScratchBuffer::Free::operator()(void* memory) const { ::operator delete(memory, kCacheLine); }

void* ScratchBuffer::Bytes(std::size_t count) {
  if (count > size_) {
    memory_.reset();
    size_ = 0;
    memory_.reset(::operator new(count, kCacheLine));
    size_ = count;
  }
  return memory_.get();
}

float* ScratchBuffer::Floats(std::size_t count) {
  return static_cast<float*>(Bytes(count * sizeof(float)));
}

}  // namespace cae
