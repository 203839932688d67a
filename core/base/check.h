// CAE_CHECK: stops the process when an invariant of our own is broken. Input from the network or a
// file is never checked with it; that earns a Status.
#ifndef CAE_CORE_BASE_CHECK_H_
#define CAE_CORE_BASE_CHECK_H_

#include "absl/base/optimization.h"
#include "absl/strings/string_view.h"

namespace cae {

/// Prints where and what on stderr, then aborts.
[[noreturn]] void CheckFailed(const char* file, int line, absl::string_view condition,
                              absl::string_view message);

}  // namespace cae

/// CAE_CHECK(rows > 0, absl::StrCat("rows is ", rows)): the message is built only on failure.
#define CAE_CHECK(condition, message)                                \
  do {                                                               \
    if (ABSL_PREDICT_FALSE(!(condition)))                            \
      ::cae::CheckFailed(__FILE__, __LINE__, #condition, (message)); \
  } while (false)

#endif  // CAE_CORE_BASE_CHECK_H_
