// SamplePlan: what a Sample request comes to once card, state and request are put together.
#ifndef CAE_SERVER_REQUESTS_SAMPLE_PLAN_H_
#define CAE_SERVER_REQUESTS_SAMPLE_PLAN_H_

#include <cstdint>

#include "cae/v1/cae_service.pb.h"
#include "core/serving/chain_stream.h"
#include "proto/codec/tensor_writer.h"

namespace cae {

/// Plain data, checked.
struct SamplePlan {
  /// Its `states` are empty until SamplePlanner::ComputeStates.
  ChainStreamSpec spec;
  std::int64_t chains = 1;
  std::int64_t draws = 0;  ///< of this call, at most until the noise counter ends
  TensorFormat format;     ///< of samples and codes
  bool include_codes = false;
  std::int64_t draws_per_message = 0;  ///< 0 = packed by bytes and time
  std::int64_t state_interval = 0;     ///< draws between states; 0 = by bytes and time, −1 = none
  /// Never UNSPECIFIED; CLASSES only for a model with a classifier.
  v1::DiagnosticsLevel diagnostics = v1::DIAGNOSTICS_LEVEL_NONE;

  /// Bytes of one draw of all chains in a message, with its codes if they are sent.
  std::int64_t DrawBytes() const;
  /// Bytes of a state's tensor.
  std::int64_t StateBytes() const;
  /// Units of a chain's state: those of the input, or of the layer below the top.
  Index StateUnits() const;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_SAMPLE_PLAN_H_
