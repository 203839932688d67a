// ChainStream: the chains of one Sample stream, in the table of the scheduler.
#ifndef CAE_CORE_SERVING_CHAIN_STREAM_H_
#define CAE_CORE_SERVING_CHAIN_STREAM_H_

#include <cstdint>

#include "core/math/matrix.h"
#include "core/sampling/chain_parameters.h"
#include "core/serving/draw_sink.h"
#include "core/serving/servable.h"

namespace cae {

/// What a stream of draws is made of. The caller has checked it against the card and its limits.
struct ChainStreamSpec {
  ServableHandle servable;
  ChainParameters parameters;
  std::int64_t first_chain = 0;  ///< number of the first chain in the noise counter
  std::int64_t burn_in = 0;      ///< draw i is the state after burn_in + (i + 1) · thinning steps
  std::int64_t thinning = 1;     ///< ≥ 1
  std::int64_t steps_done = 0;   ///< > 0 where an earlier stream is carried on
  std::int64_t draws_done = 0;
  Matrix states;  ///< [chains ≥ 1, state units] after `steps_done` steps

  // What is computed of each draw beside it.
  bool codes = false;
  bool statistics = false;  ///< SampleStatistics
  bool logits = false;      ///< the model must have a classifier
};

class ChainStream;

}  // namespace cae

#endif  // CAE_CORE_SERVING_CHAIN_STREAM_H_
