// ServingContext: what every service of the server works with.
#ifndef CAE_SERVER_SERVING_CONTEXT_H_
#define CAE_SERVER_SERVING_CONTEXT_H_

#include "core/base/clock.h"
#include "core/serving/budget.h"
#include "core/serving/chain_scheduler.h"
#include "core/serving/executor.h"
#include "core/serving/in_flight.h"
#include "core/serving/registry.h"
#include "core/serving/row_batcher.h"

namespace cae {

/// References only; the Server owns what they point at and outlives every service. All of it is
/// thread-safe.
struct ServingContext {
  const Clock& clock;
  Registry& registry;
  Executor& executor;
  RowBatcher& batcher;        ///< rows of unary requests
  ChainScheduler& scheduler;  ///< chains of sample streams
  InFlight& in_flight;        ///< one token a request, from its first check to its last reaction
  Budget& rows;               ///< rows of unary requests admitted and not finished
  Budget& chains;             ///< chains of open sample streams
};

}  // namespace cae

#endif  // CAE_SERVER_SERVING_CONTEXT_H_
