#include "server/config/repository_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "core/serving/model_name.h"

namespace cae {
namespace {

constexpr int kMostLatestVersions = 100;
constexpr char kNameRule[] =
    " is not the name of a model; it may have up to 128 of the characters A-Z a-z 0-9 . _ -, the "
    "first a letter or a digit";

bool IsLabel(absl::string_view label) {
  constexpr std::size_t kLongest = 64;
  return !label.empty() && label.size() <= kLongest &&
         std::all_of(label.begin(), label.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

void CheckPolicy(const std::string& path, const v1::VersionPolicy& policy,
                 std::vector<std::string>& problems) {
  if (policy.has_latest() && policy.latest().has_count()) {
    const int count = policy.latest().count();
    if (count < 1 || count > kMostLatestVersions) {
      problems.push_back(absl::StrCat(path, ".latest.count: ", count, " is not in the range 1 .. ",
                                      kMostLatestVersions));
    }
  }
  if (!policy.has_specific()) return;
  if (policy.specific().versions().empty()) {
    problems.push_back(absl::StrCat(path, ".specific.versions: at least one is needed"));
  }
  for (const std::int64_t version : policy.specific().versions()) {
    if (version >= 1) continue;
    problems.push_back(
        absl::StrCat(path, ".specific.versions: ", version, " is none; versions start at 1"));
  }
}

void CheckLabels(const std::string& path, const v1::ModelConfig& model,
                 std::vector<std::string>& problems) {
  std::set<std::string> seen;
  for (const v1::VersionLabel& label : model.labels()) {
    if (!IsLabel(label.label())) {
      problems.push_back(
          absl::StrCat(path, ".labels: '", label.label(),
                       "' is no label; it may have 1 to 64 of the characters A-Z a-z "
                       "0-9 . _ -"));
    } else if (!seen.insert(label.label()).second) {
      problems.push_back(absl::StrCat(path, ".labels: '", label.label(), "' stands there twice"));
    }
    if (label.version() < 1) {
      problems.push_back(absl::StrCat(path, ".labels: '", label.label(), "' points at version ",
                                      label.version(), "; versions start at 1"));
    }
  }
}

}  // namespace

void CheckRepository(const v1::RepositoryConfig& repository, std::vector<std::string>& problems) {
  CheckPolicy("repository.version_policy", repository.version_policy(), problems);
  std::set<std::string> seen;
  for (int i = 0; i < repository.models_size(); ++i) {
    const v1::ModelConfig& model = repository.models(i);
    const std::string path = absl::StrCat("repository.models[", i, "]");
    if (!IsModelName(model.name())) {
      problems.push_back(absl::StrCat(path, ".name: '", model.name(), "'", kNameRule));
    } else if (!seen.insert(model.name()).second) {
      problems.push_back(absl::StrCat(path, ".name: '", model.name(), "' stands there twice"));
    }
    CheckPolicy(path + ".version_policy", model.version_policy(), problems);
    CheckLabels(path, model, problems);
  }
  for (const std::string& name : repository.only()) {
    if (IsModelName(name)) continue;
    problems.push_back(absl::StrCat("repository.only: '", name, "'", kNameRule));
  }
}

absl::StatusOr<v1::VersionPolicy> ParseVersionPolicy(absl::string_view text) {
  v1::VersionPolicy policy;
  absl::string_view rest = text;
  std::int32_t count = 0;
  if (text == "latest") {
    policy.mutable_latest();
    return policy;
  }
  if (text == "all") {
    policy.mutable_all();
    return policy;
  }
  if (absl::ConsumePrefix(&rest, "latest:") && absl::SimpleAtoi(rest, &count)) {
    policy.mutable_latest()->set_count(count);
    return policy;
  }
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    std::int64_t version = 0;
    if (!absl::SimpleAtoi(part, &version)) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", text, "' is no version policy; write latest, latest:3, all or 1,4"));
    }
    policy.mutable_specific()->add_versions(version);
  }
  return policy;
}

}  // namespace cae
