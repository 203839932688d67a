// StreamDeadlines: which streams' time is over, the parked ones' too.
#ifndef CAE_CORE_SERVING_STREAM_DEADLINES_H_
#define CAE_CORE_SERVING_STREAM_DEADLINES_H_

#include <memory>
#include <set>
#include <utility>

#include "absl/time/time.h"
#include "core/serving/chain_stream.h"

namespace cae {

/// Streams by their deadlines; those without one are not kept. A stream that makes steps asks its
/// sink before each, but a parked one hears of its deadline from here alone. Thread-compatible;
/// logarithmic.
class StreamDeadlines {
 public:
  void Add(absl::Time deadline, std::shared_ptr<ChainStream> stream) {
    if (deadline != absl::InfiniteFuture()) streams_.emplace(deadline, std::move(stream));
  }
  /// Does nothing where it was not added, or taken.
  void Remove(absl::Time deadline, const std::shared_ptr<ChainStream>& stream) {
    streams_.erase({deadline, stream});
  }
  /// Takes out a stream whose deadline has passed; null if there is none.
  std::shared_ptr<ChainStream> TakePassed(absl::Time now) {
    if (now < next()) return nullptr;
    return std::move(streams_.extract(streams_.begin()).value().second);
  }
  /// The earliest deadline; InfiniteFuture where there is none.
  absl::Time next() const {
    return streams_.empty() ? absl::InfiniteFuture() : streams_.begin()->first;
  }

 private:
  std::set<std::pair<absl::Time, std::shared_ptr<ChainStream>>> streams_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_STREAM_DEADLINES_H_
