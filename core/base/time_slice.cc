#include "core/base/time_slice.h"

#include <sched.h>

#include <cstdint>

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace cae {

void SetTimeSlice(absl::Duration slice) {
#ifdef __linux__
  // struct sched_attr of the system's first version, for which there is no header here.
  struct {
    std::uint32_t size = sizeof(*this);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 0;
    std::uint64_t deadline = 0;
    std::uint64_t period = 0;
  } attributes;
  attributes.nice = getpriority(PRIO_PROCESS, 0);
  attributes.runtime = static_cast<std::uint64_t>(absl::ToInt64Nanoseconds(slice));
  (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
#endif
}

}  // namespace cae
