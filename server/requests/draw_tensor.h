// DrawTensor: the draws of a message under way, in the bytes in which they are sent.
#ifndef CAE_SERVER_REQUESTS_DRAW_TENSOR_H_
#define CAE_SERVER_REQUESTS_DRAW_TENSOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "core/base/mutex.h"
#include "core/math/matrix.h"
#include "proto/codec/wire_frame.h"

namespace cae {

/// A tensor [draws, chains, units] that grows draw by draw, in chunks of a few draws that are sent
/// from where they lie. Thread-compatible, but rows of distinct chains of one draw may be put at
/// the same time.
class DrawTensor {
 public:
  /// `field` is for messages and lives as long: "samples".
  DrawTensor(const char* field, std::int64_t chains, Index units, TensorFormat format,
             std::int64_t draws_per_chunk);

  /// Rows of the draw under way, of the chains from `first` on. OUT_OF_RANGE where the type cannot
  /// hold a number.
  absl::Status PutRows(Index first, ConstMatrixView rows);
  /// All rows of the draw were put.
  void EndDraw() { ++draws_; }
  /// Adds the draws as field `number`, and begins with the next message.
  void MoveTo(int number, WireFrame& frame);

 private:
  /// Where the draw under way is written.
  char* Slot();

  const char* const field_;
  const std::int64_t chains_;
  const Index units_;
  const TensorFormat format_;
  const std::int64_t element_bytes_;
  const std::int64_t draw_bytes_;
  const std::int64_t draws_per_chunk_;
  std::int64_t draws_ = 0;  ///< complete ones
  Mutex mutex_;
  std::vector<std::unique_ptr<char[]>> chunks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_DRAW_TENSOR_H_
