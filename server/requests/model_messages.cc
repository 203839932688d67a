#include "server/requests/model_messages.h"

#include <utility>

#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "proto/codec/tensor_check.h"

namespace cae {

VersionChoice ToVersionChoice(const v1::ModelSelector& selector) {
  VersionChoice choice;
  choice.name = selector.name();
  if (selector.has_version()) choice.version = selector.version();
  if (selector.has_label()) choice.label = selector.label();
  return choice;
}

absl::StatusOr<ServableHandle> FindServable(const Registry& registry,
                                            const v1::ModelSelector& selector) {
  absl::StatusOr<ServableHandle> servable = registry.Find(ToVersionChoice(selector));
  if (servable.ok()) return servable;
  const bool missing = absl::IsNotFound(servable.status());
  return WithErrorInfo(std::move(servable).status(),
                       missing ? kReasonModelNotFound : kReasonModelNotReady);
}

std::string Describe(const Servable& servable) {
  return DescribeModel(servable.identity.name, servable.identity.version);
}

v1::ModelIdentity ToMessage(const ServableIdentity& identity) {
  v1::ModelIdentity message;
  message.set_name(identity.name);
  message.set_version(identity.version);
  message.set_digest(identity.digest);
  message.set_fingerprint(identity.fingerprint);
  return message;
}

v1::SampleProcess ToMessage(SampleProcess process) {
  return process == SampleProcess::kTopLayer ? v1::SAMPLE_PROCESS_TOP_LAYER
                                             : v1::SAMPLE_PROCESS_COMPOSED;
}

std::optional<SampleProcess> FromMessage(v1::SampleProcess process) {
  switch (process) {
    case v1::SAMPLE_PROCESS_COMPOSED:
      return SampleProcess::kComposed;
    case v1::SAMPLE_PROCESS_TOP_LAYER:
      return SampleProcess::kTopLayer;
    default:
      return std::nullopt;
  }
}

}  // namespace cae
