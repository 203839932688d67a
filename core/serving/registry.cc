#include "core/serving/registry.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/serving/model_name.h"

namespace cae {
namespace {

template <typename Map>
std::string KeysText(const Map& map) {
  if (map.empty()) return "none";
  return absl::StrJoin(
      map, ", ", [](std::string* out, const auto& item) { absl::StrAppend(out, item.first); });
}

}  // namespace

Registry::Registry() : snapshot_(std::make_shared<const Snapshot>()) {}

std::shared_ptr<const Registry::Snapshot> Registry::Current() const {
  MutexLock lock(mutex_);
  return snapshot_;
}

absl::StatusOr<std::int64_t> Registry::Resolve(const Snapshot& models,
                                               const VersionChoice& choice) {
  if (choice.name.empty()) {
    return absl::NotFoundError(
        absl::StrCat("the request names no model; this server has: ", KeysText(models)));
  }
  if (!IsModelName(choice.name)) {
    return absl::NotFoundError(
        "the model's name is none: it may have up to 128 of the characters A-Z a-z 0-9 . _ -");
  }
  const auto found = models.find(choice.name);
  if (found == models.end()) {
    return absl::NotFoundError(
        absl::StrCat("model '", choice.name, "' is unknown; this server has: ", KeysText(models)));
  }
  const Model& model = found->second;
  if (choice.version.has_value()) {
    if (!model.versions.contains(*choice.version)) {
      return absl::NotFoundError(absl::StrCat("model '", choice.name, "' has no version ",
                                              *choice.version,
                                              "; versions: ", KeysText(model.versions)));
    }
    return *choice.version;
  }
  if (choice.label.has_value()) {
    const auto label = model.labels.find(*choice.label);
    if (label == model.labels.end()) {
      return absl::NotFoundError(absl::StrCat("model '", choice.name, "' has no such label",
                                              "; labels: ", KeysText(model.labels)));
    }
    return label->second;
  }
  for (auto it = model.versions.rbegin(); it != model.versions.rend(); ++it) {
    if (it->second.state == VersionState::kReady) return it->first;
  }
  return model.versions.rbegin()->first;
}

absl::StatusOr<ServableHandle> Registry::Find(const VersionChoice& choice) const {
  const std::shared_ptr<const Snapshot> models = Current();
  CAE_ASSIGN_OR_RETURN(const std::int64_t version, Resolve(*models, choice));
  const Entry& entry = models->at(choice.name).versions.at(version);
  const std::string who = absl::StrCat("model '", choice.name, "' version ", version);
  switch (entry.state) {
    case VersionState::kReady:
      return entry.servable;
    case VersionState::kLoading:
      return absl::FailedPreconditionError(absl::StrCat(who, " is still being loaded"));
    case VersionState::kUnloaded:
      return absl::FailedPreconditionError(absl::StrCat(who, " is not loaded"));
    case VersionState::kFailed:
      break;
  }
  return absl::FailedPreconditionError(absl::StrCat(who, " could not be loaded: ", entry.message));
}

VersionStatus Registry::Describe(const std::string& name, const Model& model,
                                 std::int64_t version) {
  const Entry& entry = model.versions.at(version);
  VersionStatus status{name, version, entry.state, entry.message, {}, entry.servable};
  for (const auto& [label, target] : model.labels) {
    if (target == version) status.labels.push_back(label);
  }
  return status;
}

std::vector<VersionStatus> Registry::List() const {
  const std::shared_ptr<const Snapshot> models = Current();
  std::vector<VersionStatus> list;
  for (const auto& [name, model] : *models) {
    for (const auto& [version, entry] : model.versions) {
      list.push_back(Describe(name, model, version));
    }
  }
  return list;
}

absl::StatusOr<VersionStatus> Registry::Status(const VersionChoice& choice) const {
  const std::shared_ptr<const Snapshot> models = Current();
  CAE_ASSIGN_OR_RETURN(const std::int64_t version, Resolve(*models, choice));
  return Describe(choice.name, models->at(choice.name), version);
}

void Registry::SetEntry(const std::string& name, std::int64_t version, Entry entry) {
  std::shared_ptr<const Snapshot>
      before;  // destroyed after the lock: it may hold the last handle of a model
  MutexLock lock(mutex_);
  auto next = std::make_shared<Snapshot>(*snapshot_);
  (*next)[name].versions[version] = std::move(entry);
  before = std::exchange(snapshot_, std::move(next));
}

void Registry::SetLoading(const std::string& name, std::int64_t version) {
  SetEntry(name, version, {VersionState::kLoading, "", nullptr});
}

void Registry::SetReady(ServableHandle servable) {
  const ServableIdentity& identity = servable->identity;
  SetEntry(identity.name, identity.version, {VersionState::kReady, "", servable});
}

void Registry::SetFailed(const std::string& name, std::int64_t version,
                         const absl::Status& status) {
  SetEntry(name, version, {VersionState::kFailed, std::string(status.message()), nullptr});
}

void Registry::SetUnloaded(const std::string& name, std::int64_t version) {
  SetEntry(name, version, {VersionState::kUnloaded, "", nullptr});
}

absl::Status Registry::SetLabel(const std::string& name, const std::string& label,
                                std::optional<std::int64_t> version) {
  MutexLock lock(mutex_);
  const auto model = snapshot_->find(name);
  if (model == snapshot_->end() ||
      (version.has_value() && !model->second.versions.contains(*version))) {
    return absl::NotFoundError(version.has_value()
                                   ? absl::StrCat("model '", name, "' has no version ", *version)
                                   : absl::StrCat("model '", name, "' is unknown"));
  }
  auto next = std::make_shared<Snapshot>(*snapshot_);
  if (version.has_value()) {
    (*next)[name].labels[label] = *version;
  } else {
    (*next)[name].labels.erase(label);
  }
  snapshot_ = std::move(next);
  return absl::OkStatus();
}

}  // namespace cae
