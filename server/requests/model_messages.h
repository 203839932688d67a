// Where the words of core/ for a model and a process meet those of the wire.
#ifndef CAE_SERVER_REQUESTS_MODEL_MESSAGES_H_
#define CAE_SERVER_REQUESTS_MODEL_MESSAGES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cae/v1/model_service.pb.h"
#include "core/model/model_card.h"
#include "core/serving/registry.h"
#include "core/serving/servable.h"

namespace cae {

/// Which version the selector asks for.
VersionChoice ToVersionChoice(const v1::ModelSelector& selector);

/// Row 2 of the error table: the version that answers. NOT_FOUND with ErrorInfo MODEL_NOT_FOUND;
/// FAILED_PRECONDITION with ErrorInfo MODEL_NOT_READY.
absl::StatusOr<ServableHandle> FindServable(const Registry& registry,
                                            const v1::ModelSelector& selector);

/// "model 'mnist-cae1' v3", for messages.
std::string Describe(const Servable& servable);

v1::ModelIdentity ToMessage(const ServableIdentity& identity);
v1::SampleProcess ToMessage(SampleProcess process);
/// nullopt for UNSPECIFIED and for a value that is no process of ours.
std::optional<SampleProcess> FromMessage(v1::SampleProcess process);

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_MODEL_MESSAGES_H_
