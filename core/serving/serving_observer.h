// ServingObserver: what happens inside core/serving, told to whoever counts it. Keeps metrics
// libraries out of core/.
#ifndef CAE_CORE_SERVING_SERVING_OBSERVER_H_
#define CAE_CORE_SERVING_SERVING_OBSERVER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/serving/servable.h"

namespace cae {

enum class ChainState {
  kWaiting,  ///< the stream's first step is still to come
  kRunning,
  kParked,
};

/// Every method may be called from any thread, at any time, and must neither block nor call back.
/// The base class ignores everything.
class ServingObserver {
 public:
  virtual ~ServingObserver() = default;

  /// A version was loaded and serves, `took` from the first byte read.
  virtual void OnModelLoaded(const ServableIdentity& model, absl::Duration took);
  /// A version could not be loaded.
  virtual void OnModelLoadFailed(const std::string& name, std::int64_t version,
                                 const absl::Status& status);
  /// A version takes no more requests.
  virtual void OnModelUnloaded(const ServableIdentity& model);

  /// A job, or a unary request, waited that long for a compute thread. A stream: from its start to
  /// the first step of its chains.
  virtual void OnJobStarted(const std::string& operation, absl::Duration waited);
  /// A slice of a job, or a tile of an operation, kept a compute thread for that long.
  virtual void OnJobSlice(const std::string& operation, absl::Duration took);

  /// Rows of unary requests of the model began to wait, or with a minus did so no more.
  virtual void OnQueuedRows(const ServableIdentity& model, std::int64_t change);
  /// A tile of `rows` rows of `requests` unary requests was computed.
  virtual void OnRowTile(const ServableIdentity& model, const std::string& operation,
                         std::int64_t rows, std::int64_t requests);

  /// Chains came into, or with a minus left, a state.
  virtual void OnChains(const ServableIdentity& model, ChainState state, std::int64_t change);
  /// `chains` chains of `streams` streams made one step each, together.
  virtual void OnChainTile(const ServableIdentity& model, std::int64_t chains,
                           std::int64_t streams);
  /// That many steps of chains were under way, or began, when nobody wanted them any more.
  virtual void OnWastedSteps(const ServableIdentity& model, std::int64_t steps);
  /// A stream ended because its reader had gone or its deadline passed, `latency` after that. Not
  /// told where its sink does not know when that was.
  virtual void OnStreamInterrupted(const ServableIdentity& model, absl::Duration latency);

  /// The tangents at so many points, of requests or of chains with a rank, needed a slower method
  /// than Lanczos in float32.
  virtual void OnTangentFallbacks(const ServableIdentity& model, std::int64_t points);
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_SERVING_OBSERVER_H_
