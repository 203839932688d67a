#include "core/serving/repository.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <tuple>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/serving/model_name.h"

namespace cae {
namespace {

namespace fs = std::filesystem;

constexpr char kModelFileName[] = "model.safetensors";

absl::Status ListingError(const fs::path& folder, const std::error_code& error) {
  const std::string message =
      absl::StrCat("model repository '", folder.string(), "': ", error.message());
  if (error == std::errc::permission_denied) return absl::PermissionDeniedError(message);
  if (error == std::errc::no_such_file_or_directory || error == std::errc::not_a_directory) {
    return absl::NotFoundError(message);
  }
  return absl::UnavailableError(message);
}

/// The names in a folder that are not hidden, sorted.
absl::StatusOr<std::vector<std::string>> NamesIn(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    std::string name = it->path().filename().string();
    if (name.front() != '.') names.push_back(std::move(name));
  }
  if (error) return ListingError(folder, error);
  std::sort(names.begin(), names.end());
  return names;
}

/// Decimal, positive and without leading zeros, so that no two folders are one version.
bool ParseVersion(const std::string& text, std::int64_t& version) {
  return absl::SimpleAtoi(text, &version) && version >= 1 && absl::StrCat(version) == text;
}

absl::Status ListModel(const fs::path& root, const std::string& name, RepositoryListing& listing) {
  CAE_ASSIGN_OR_RETURN(const std::vector<std::string> versions, NamesIn(root / name));
  for (const std::string& text : versions) {
    const std::string relative = absl::StrCat(name, "/", text, "/", kModelFileName);
    std::int64_t version = 0;
    std::error_code error;
    if (!ParseVersion(text, version)) {
      listing.ignored.push_back(
          absl::StrCat(name, "/", text, ": a version folder is named by a whole number from 1"));
    } else if (!fs::is_regular_file(root / relative, error)) {
      listing.ignored.push_back(absl::StrCat(relative, ": no such file"));
    } else {
      listing.entries.push_back({name, version, (root / relative).string(), relative});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RepositoryListing> ListRepository(const std::string& root) {
  RepositoryListing listing;
  CAE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(root));
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_directory(fs::path(root) / name, error)) continue;  // a README, say
    if (!IsModelName(name)) {
      listing.ignored.push_back(absl::StrCat(
          name, ": a model is named by up to 128 of the characters A-Z a-z 0-9 . _ -"));
      continue;
    }
    // One folder that cannot be read must not hide the other models.
    if (const absl::Status status = ListModel(root, name, listing); !status.ok()) {
      listing.ignored.push_back(std::string(status.message()));
    }
  }
  std::sort(listing.entries.begin(), listing.entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.version) < std::tie(b.name, b.version);
  });
  return listing;
}

}  // namespace cae
