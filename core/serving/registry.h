// Registry: which versions of which models there are, in which state, and which one answers a
// request.
#ifndef CAE_CORE_SERVING_REGISTRY_H_
#define CAE_CORE_SERVING_REGISTRY_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/mutex.h"
#include "core/serving/servable.h"

namespace cae {

enum class VersionState { kLoading, kReady, kUnloaded, kFailed };

/// What the registry knows of one version.
struct VersionStatus {
  std::string name;
  std::int64_t version = 0;
  VersionState state = VersionState::kLoading;
  std::string message;              ///< why it failed
  std::vector<std::string> labels;  ///< that point at it, in alphabetical order
  ServableHandle servable;          ///< set where the state is kReady
};

/// Which version a request wants.
struct VersionChoice {
  std::string name;
  std::optional<std::int64_t> version;
  std::optional<std::string> label;  ///< at most one of the two; neither: the highest ready version
};

/// Thread-safe. Readers take a snapshot by one pointer copy and keep it as long as they like;
/// writers make a new one. So a request sees all of a change or nothing of it, and finishes on the
/// version it began with.
class Registry {
 public:
  Registry();

  /// The version that answers. NOT_FOUND: no such name, version or label, or no name at all; the
  /// message lists what there is. FAILED_PRECONDITION: the version is known, but not ready; the
  /// message says why.
  absl::StatusOr<ServableHandle> Find(const VersionChoice& choice) const;

  /// Every known version whatever its state, by name, then version.
  std::vector<VersionStatus> List() const;
  /// The one that Find would pick, whatever its state; NOT_FOUND as there.
  absl::StatusOr<VersionStatus> Status(const VersionChoice& choice) const;

  void SetLoading(const std::string& name, std::int64_t version);
  void SetReady(ServableHandle servable);
  void SetFailed(const std::string& name, std::int64_t version, const absl::Status& status);
  void SetUnloaded(const std::string& name, std::int64_t version);
  /// Points a label of a model at a version, or, with none, takes it away. NOT_FOUND if the version
  /// is unknown.
  absl::Status SetLabel(const std::string& name, const std::string& label,
                        std::optional<std::int64_t> version);

 private:
  struct Entry {
    VersionState state = VersionState::kLoading;
    std::string message;
    ServableHandle servable;
  };
  struct Model {
    std::map<std::int64_t, Entry> versions;
    std::map<std::string, std::int64_t> labels;
  };
  using Snapshot = std::map<std::string, Model>;

  std::shared_ptr<const Snapshot> Current() const;
  /// The version number that `choice` means in `models`.
  static absl::StatusOr<std::int64_t> Resolve(const Snapshot& models, const VersionChoice& choice);
  static VersionStatus Describe(const std::string& name, const Model& model, std::int64_t version);
  void SetEntry(const std::string& name, std::int64_t version, Entry entry);

  mutable Mutex mutex_;  ///< held for a pointer copy, or while a writer makes the next snapshot
  std::shared_ptr<const Snapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_REGISTRY_H_
