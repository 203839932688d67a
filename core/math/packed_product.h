// PackedProduct: one oneDNN product of a fixed number of rows with weights packed for it. For the
// .cc files of core/math alone, as onednn.h.
#ifndef CAE_CORE_MATH_PACKED_PRODUCT_H_
#define CAE_CORE_MATH_PACKED_PRODUCT_H_

#include <memory>
#include <oneapi/dnnl/dnnl.hpp>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "core/base/mutex.h"
#include "core/math/matrix.h"
#include "core/math/workspace.h"

namespace cae {

/// Y = X A, + b and s(·) as its attributes say, for exactly `rows` rows.
///
/// What oneDNN wants to be told about a call (where the rows are) is kept in blocks that are used
/// again, as many as there were calls at a time: a call allocates nothing of ours. Thread-safe;
/// making one is not (onednn::CreationMutex).
class PackedProduct {
 public:
  PackedProduct(const dnnl::matmul::primitive_desc& chosen, dnnl::memory weights,
                dnnl::memory bias);
  ~PackedProduct();

  /// Source and destination as the primitive was described. Throws dnnl::error.
  void Run(const void* source, float* destination, Workspace& workspace) const;

  /// Made by oneDNN's brgemm, which treats one row as it treats many.
  bool blocked() const { return blocked_; }

 private:
  struct Arguments;

  std::unique_ptr<Arguments> Take() const;

  const dnnl::matmul primitive_;
  const dnnl::memory::desc source_, destination_, scratchpad_;
  const dnnl::memory weights_, bias_;  ///< no bias: an empty memory
  const bool blocked_;
  mutable Mutex mutex_;
  mutable std::vector<std::unique_ptr<Arguments>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_CORE_MATH_PACKED_PRODUCT_H_
