// Filling the registry from the repository when the server starts.
#ifndef CAE_SERVER_MODEL_LOADING_H_
#define CAE_SERVER_MODEL_LOADING_H_

#include "absl/status/status.h"
#include "cae/v1/server_config.pb.h"
#include "core/serving/registry.h"
#include "core/serving/serving_observer.h"

namespace cae {

/// Lists the repository, loads what the configuration wants on some threads of its own, and puts
/// all of it into the registry. A model that cannot be loaded is logged, told to the observer and
/// kept as failed; the others are served.
///
/// FAILED_PRECONDITION, listing all faults, where nothing can be served or the configuration names
/// what is not there, unless it allows to start without models. `config` is checked and complete.
absl::Status LoadModels(const v1::ServerConfig& config, Registry& registry,
                        ServingObserver& observer);

}  // namespace cae

#endif  // CAE_SERVER_MODEL_LOADING_H_
