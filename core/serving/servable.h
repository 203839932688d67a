// Servable: one version of one model, loaded and proven, as requests use it.
#ifndef CAE_CORE_SERVING_SERVABLE_H_
#define CAE_CORE_SERVING_SERVABLE_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "core/diagnostics/sample_statistics.h"
#include "core/model/autoencoder.h"
#include "core/sampling/chain_stepper.h"

namespace cae {

/// Says which numbers gave an answer. With the request it determines every bit of it.
struct ServableIdentity {
  std::string name;
  std::int64_t version = 0;
  std::string digest;       ///< SHA-256 of the model file
  std::string fingerprint;  ///< see core/serving/fingerprint.h

  friend bool operator==(const ServableIdentity&, const ServableIdentity&) = default;
};

/// The most that one request may ask.
struct ServableLimits {
  std::int64_t max_rows = 16384;
  std::int64_t max_chains = 1024;
  std::int64_t max_rank = 64;
  std::int64_t max_message_bytes = 3670016;  ///< 3.5 MiB: below the 4 MiB that stock clients take
};

/// Immutable. Requests hold it by shared pointer while they run, so a reload or an unload never
/// takes it from under them.
struct Servable {
  ServableIdentity identity;
  ServableLimits limits;
  std::shared_ptr<const Autoencoder> autoencoder;
  std::shared_ptr<const SampleStatistics> statistics;  ///< by which draws of chains are watched
  /// One a process; they refer to the autoencoder.
  std::array<std::shared_ptr<const ChainStepper>, 2> steppers;

  const ChainStepper& stepper(SampleProcess process) const {
    return *steppers[static_cast<std::size_t>(process)];
  }
};

/// What a servable computes with, from its model: all but `identity` and `limits`.
std::shared_ptr<Servable> MakeServable(std::shared_ptr<const Autoencoder> autoencoder);

using ServableHandle = std::shared_ptr<const Servable>;

}  // namespace cae

#endif  // CAE_CORE_SERVING_SERVABLE_H_
