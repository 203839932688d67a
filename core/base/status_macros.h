// CAE_RETURN_IF_ERROR and CAE_ASSIGN_OR_RETURN: the two ways to hand an absl::Status up the stack.
//
//   CAE_RETURN_IF_ERROR(Check(header));
//   CAE_ASSIGN_OR_RETURN(const Matrix codes, Encode(inputs));
//
// CAE_ASSIGN_OR_RETURN declares hidden variables, so it needs a block of its own where a statement
// stands alone.
#ifndef CAE_CORE_BASE_STATUS_MACROS_H_
#define CAE_CORE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/base/optimization.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define CAE_RETURN_IF_ERROR(expression)                            \
  do {                                                             \
    ::absl::Status cae_status_ = (expression);                     \
    if (ABSL_PREDICT_FALSE(!cae_status_.ok())) return cae_status_; \
  } while (false)

#define CAE_STATUS_CONCAT_INNER_(a, b) a##b
#define CAE_STATUS_CONCAT_(a, b) CAE_STATUS_CONCAT_INNER_(a, b)

#define CAE_ASSIGN_OR_RETURN(declaration, expression) \
  CAE_ASSIGN_OR_RETURN_IMPL_(CAE_STATUS_CONCAT_(cae_status_or_, __LINE__), declaration, expression)

#define CAE_ASSIGN_OR_RETURN_IMPL_(result, declaration, expression)        \
  auto result = (expression);                                              \
  if (ABSL_PREDICT_FALSE(!result.ok())) return std::move(result).status(); \
  declaration = *std::move(result)  // NOLINT(bugprone-macro-parentheses): it declares

#endif  // CAE_CORE_BASE_STATUS_MACROS_H_
