#include "server/model_selection.h"

#include <algorithm>
#include <map>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace cae {
namespace {

using Versions = std::vector<RepositoryEntry>;  // of one model, ascending

const v1::ModelConfig* FindConfig(const v1::RepositoryConfig& repository, const std::string& name) {
  const auto found = absl::c_find_if(
      repository.models(), [&name](const v1::ModelConfig& model) { return model.name() == name; });
  return found == repository.models().end() ? nullptr : &*found;
}

bool HasVersion(const Versions& versions, std::int64_t version) {
  return absl::c_any_of(versions,
                        [version](const auto& entry) { return entry.version == version; });
}

std::string VersionsText(const Versions& versions) {
  return absl::StrJoin(versions, ", ", [](std::string* out, const RepositoryEntry& entry) {
    absl::StrAppend(out, entry.version);
  });
}

bool IsWanted(const v1::VersionPolicy& policy, const Versions& versions, std::size_t index) {
  if (policy.has_all()) return true;
  if (policy.has_specific()) {
    return absl::c_linear_search(policy.specific().versions(), versions[index].version);
  }
  const int count = policy.latest().has_count() ? policy.latest().count() : 1;
  return index + static_cast<std::size_t>(count) >= versions.size();
}

void SelectVersions(const std::string& name, const Versions& versions,
                    const v1::RepositoryConfig& repository, ModelSelection& selection) {
  const v1::ModelConfig* model = FindConfig(repository, name);
  const bool own_policy = model != nullptr && model->has_version_policy();
  const v1::VersionPolicy& policy =
      own_policy ? model->version_policy() : repository.version_policy();
  for (std::size_t i = 0; i < versions.size(); ++i) {
    (IsWanted(policy, versions, i) ? selection.load : selection.leave).push_back(versions[i]);
  }
  // A policy for all models may name versions that some of them lack; one for this model may not.
  std::vector<std::int64_t> named;
  if (own_policy) absl::c_copy(policy.specific().versions(), std::back_inserter(named));
  if (model != nullptr) {
    for (const v1::VersionLabel& label : model->labels()) named.push_back(label.version());
  }
  for (const std::int64_t version : named) {
    if (HasVersion(versions, version)) continue;
    selection.missing.push_back(absl::StrCat("model '", name, "' has no version ", version,
                                             "; versions: ", VersionsText(versions)));
  }
}

void CheckNames(const std::map<std::string, Versions>& models,
                const v1::RepositoryConfig& repository, ModelSelection& selection) {
  const std::string all = absl::StrJoin(
      models, ", ", [](std::string* out, const auto& model) { absl::StrAppend(out, model.first); });
  const auto check = [&](const char* field, const std::string& name) {
    if (models.contains(name)) return;
    selection.missing.push_back(
        absl::StrCat(field, " names the model '", name,
                     "', which the repository lacks; it has: ", all.empty() ? "none" : all));
  };
  for (const std::string& name : repository.only()) check("repository.only (--model)", name);
  for (const v1::ModelConfig& model : repository.models()) {
    check("repository.models", model.name());
  }
}

}  // namespace

ModelSelection SelectModels(const RepositoryListing& listing,
                            const v1::RepositoryConfig& repository) {
  std::map<std::string, Versions> models;
  for (const RepositoryEntry& entry : listing.entries) models[entry.name].push_back(entry);
  ModelSelection selection;
  CheckNames(models, repository, selection);
  for (const auto& [name, versions] : models) {
    const bool wanted = repository.only().empty() || absl::c_linear_search(repository.only(), name);
    if (wanted) SelectVersions(name, versions, repository, selection);
  }
  return selection;
}

}  // namespace cae
