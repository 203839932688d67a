#include "core/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace cae {

void CheckFailed(const char* file, int line, absl::string_view condition,
                 absl::string_view message) {
  std::fprintf(stderr, "%s:%d: check failed: %.*s: %.*s\n", file, line,
               static_cast<int>(condition.size()), condition.data(),
               static_cast<int>(message.size()), message.data());
  std::abort();
}

}  // namespace cae
