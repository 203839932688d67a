// ProgressBar: how far something has come, in words that fit into a line.
#ifndef CAE_TRAINER_REPORTING_PROGRESS_BAR_H_
#define CAE_TRAINER_REPORTING_PROGRESS_BAR_H_

#include <cstdint>
#include <string>

namespace cae {

/// "[#####...............] 5/20"; 0 <= done <= all, 0 < all.
std::string ProgressBar(std::int64_t done, std::int64_t all);

}  // namespace cae

#endif  // CAE_TRAINER_REPORTING_PROGRESS_BAR_H_
