// Workspace: the scratch memory of one compute thread.
#ifndef CAE_CORE_MATH_WORKSPACE_H_
#define CAE_CORE_MATH_WORKSPACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>

namespace cae {

/// Bytes that start on a cache line and grow to the largest size ever asked for. Growing loses the
/// contents. Thread-compatible.
class ScratchBuffer {
 public:
  /// At least `count` floats, uninitialised. Valid until the next call that asks for more.
  float* Floats(std::size_t count);
  /// At least `count` bytes, uninitialised.
  void* Bytes(std::size_t count);
  /// What the last call returned; null before the first.
  const float* floats() const { return static_cast<const float*>(memory_.get()); }
  float* floats() { return static_cast<float*>(memory_.get()); }

 private:
  struct Free {
    void operator()(void* memory) const;
  };
  std::unique_ptr<void, Free> memory_;
  std::size_t size_ = 0;
};

/// What a thread keeps from call to call so that computing allocates nothing. One a thread, never
/// shared; which buffers a function uses is its own business, and nothing in them outlives the
/// call. Thread-compatible.
struct Workspace {
  ScratchBuffer scratchpad;     ///< oneDNN's own
  ScratchBuffer padded_input;   ///< PackedDense: the last, incomplete tile; bfloat16 rows
  ScratchBuffer padded_output;  ///< PackedDense: what comes out of it
  ScratchBuffer ping;           ///< stacks of layers: outputs of every other layer
  ScratchBuffer pong;           ///< and of those between
  ScratchBuffer krylov;         ///< TangentSolver: bases and the vectors of its products

  /// For how long its thread did other work at yield points; only grows.
  std::int64_t lent_nanoseconds = 0;
  /// Points for which TangentSolver needed another method than float32 Lanczos; only grows.
  std::int64_t tangent_fallbacks = 0;
};

}  // namespace cae

#endif  // CAE_CORE_MATH_WORKSPACE_H_
