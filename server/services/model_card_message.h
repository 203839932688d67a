// The card of a version as clients read it.
#ifndef CAE_SERVER_SERVICES_MODEL_CARD_MESSAGE_H_
#define CAE_SERVER_SERVICES_MODEL_CARD_MESSAGE_H_

#include "cae/v1/model_service.pb.h"
#include "core/serving/registry.h"

namespace cae {

/// All of v1.Model that the state of the version allows: the card's fields only where it is ready.
/// Pure.
v1::Model ToModelMessage(const VersionStatus& version);

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_MODEL_CARD_MESSAGE_H_
