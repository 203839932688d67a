#include "server/model_loading.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/clock.h"
#include "core/base/status_macros.h"
#include "core/base/thread_pool.h"
#include "core/serving/loader.h"
#include "core/serving/repository.h"
#include "server/config/precision.h"
#include "server/heap.h"
#include "server/model_selection.h"

namespace cae {
namespace {

/// More would only multiply the memory that loading takes beside the models themselves.
constexpr std::size_t kMostLoaders = 4;

ServableLimits Limits(const v1::LimitsConfig& config) {
  ServableLimits limits;
  limits.max_rows = config.max_rows();
  limits.max_chains = config.max_chains();
  limits.max_rank = config.max_rank();
  limits.max_message_bytes = config.max_message_bytes();
  return limits;
}

void LoadOne(const RepositoryEntry& entry, const v1::ServerConfig& config, Registry& registry,
             ServingObserver& observer) {
  const absl::Time start = Clock::System().Now();
  absl::StatusOr<ServableHandle> servable =
      LoadServable(entry, Limits(config.limits()), config.repository().max_file_bytes(),
                   PrecisionOf(config.repository(), entry.name));
  const absl::Duration took = Clock::System().Now() - start;
  if (!servable.ok()) {
    spdlog::error("model '{}' version {} is not served: {}", entry.name, entry.version,
                  std::string(servable.status().message()));
    observer.OnModelLoadFailed(entry.name, entry.version, servable.status());
    registry.SetFailed(entry.name, entry.version, servable.status());
    return;
  }
  const ServableIdentity& identity = (*servable)->identity;
  spdlog::info("model '{}' version {} is ready after {:.3f} s: {}, digest {}, fingerprint {}",
               identity.name, identity.version, absl::ToDoubleSeconds(took),
               std::string(PrecisionName((*servable)->autoencoder->precision())), identity.digest,
               identity.fingerprint);
  observer.OnModelLoaded(identity, took);
  registry.SetReady(*std::move(servable));
}

void LoadAll(const std::vector<RepositoryEntry>& entries, const v1::ServerConfig& config,
             Registry& registry, ServingObserver& observer) {
  for (const RepositoryEntry& entry : entries) registry.SetLoading(entry.name, entry.version);
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t threads =
      std::min({cores, kMostLoaders, std::max<std::size_t>(1, entries.size())});
  ThreadPool loaders(static_cast<int>(threads));
  loaders.ParallelFor(static_cast<int>(entries.size()), [&](int i) {
    LoadOne(entries[static_cast<std::size_t>(i)], config, registry, observer);
  });
}

void SetLabels(const v1::RepositoryConfig& repository, Registry& registry) {
  for (const v1::ModelConfig& model : repository.models()) {
    for (const v1::VersionLabel& label : model.labels()) {
      const absl::Status status = registry.SetLabel(model.name(), label.label(), label.version());
      if (!status.ok()) {
        spdlog::warn("label '{}' points at nothing: {}", label.label(),
                     std::string(status.message()));
      }
    }
  }
}

absl::Status Fail(absl::string_view what, const std::vector<std::string>& reasons) {
  return absl::FailedPreconditionError(
      absl::StrCat(what, reasons.empty() ? "" : ": ", absl::StrJoin(reasons, "; "),
                   ". --start-without-models would start all the same"));
}

absl::Status CheckSomethingIsServed(const v1::RepositoryConfig& repository,
                                    const Registry& registry) {
  std::vector<std::string> reasons;
  for (const VersionStatus& version : registry.List()) {
    if (version.state == VersionState::kReady) return absl::OkStatus();
    if (version.state == VersionState::kFailed) reasons.push_back(version.message);
  }
  const std::string what = absl::StrCat(
      "the repository '", repository.root(), "' has no model that can be served",
      reasons.empty() ? "; put one at <name>/<version>/model.safetensors in it, or name "
                        "another folder with --repository"
                      : "");
  if (!repository.start_without_models()) return Fail(what, reasons);
  spdlog::error("started without models: {}", what);
  return absl::OkStatus();
}

}  // namespace

absl::Status LoadModels(const v1::ServerConfig& config, Registry& registry,
                        ServingObserver& observer) {
  const v1::RepositoryConfig& repository = config.repository();
  absl::StatusOr<RepositoryListing> listing = ListRepository(repository.root());
  if (!listing.ok()) {
    const std::string reason(listing.status().message());
    if (!repository.start_without_models()) {
      return Fail("no models; name their folder with --repository", {reason});
    }
    spdlog::error("started without models: {}", reason);
    return absl::OkStatus();
  }
  for (const std::string& ignored : listing->ignored) {
    spdlog::warn("the repository has something that is no model: {}", ignored);
  }
  const ModelSelection selection = SelectModels(*listing, repository);
  if (!selection.missing.empty()) {
    if (!repository.start_without_models()) return Fail("models are missing", selection.missing);
    for (const std::string& missing : selection.missing) spdlog::error(missing);
  }
  for (const RepositoryEntry& entry : selection.leave) {
    registry.SetUnloaded(entry.name, entry.version);
  }
  LoadAll(selection.load, config, registry, observer);
  ReturnFreeHeap();
  SetLabels(repository, registry);
  return CheckSomethingIsServed(repository, registry);
}

}  // namespace cae
