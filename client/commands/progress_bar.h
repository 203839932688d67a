// ProgressBar: how far a long command is, on a terminal.
#ifndef CAE_CLIENT_COMMANDS_PROGRESS_BAR_H_
#define CAE_CLIENT_COMMANDS_PROGRESS_BAR_H_

#include <cstdint>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/commands/streams.h"

namespace cae {

/// One line on stderr that is redrawn, with the time that is left, and wiped in the end; nothing at
/// all where stderr is no terminal. Thread-compatible; the streams must outlive it.
class ProgressBar {
 public:
  /// `total` > 0 things called `unit`.
  ProgressBar(Streams& streams, std::int64_t total, std::string unit);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void Show(std::int64_t done);

  /// Before other text is written. Nothing is shown afterwards until the next Show.
  void Wipe();

 private:
  Streams& streams_;
  const std::int64_t total_;
  const std::string unit_;
  const absl::Time start_ = absl::Now();
};

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_PROGRESS_BAR_H_
