// YieldPoint: where a long computation lets others have its thread.
#ifndef CAE_CORE_MATH_YIELD_POINT_H_
#define CAE_CORE_MATH_YIELD_POINT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace cae {

/// Called between two products of a long computation, on its thread. May use the thread for other
/// work meanwhile, with another Workspace. An error ends the computation with it.
using YieldPoint = absl::FunctionRef<absl::Status()>;

/// Never gives the thread away.
inline absl::Status NeverYield() { return absl::OkStatus(); }

}  // namespace cae

#endif  // CAE_CORE_MATH_YIELD_POINT_H_
