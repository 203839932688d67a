// The page token of ListModels: where the next page starts.
#ifndef CAE_SERVER_SERVICES_PAGE_TOKEN_H_
#define CAE_SERVER_SERVICES_PAGE_TOKEN_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// The last model of a page. The next page starts behind it, whatever came or went meanwhile.
struct PagePosition {
  std::string name;
  std::int64_t version = 0;

  friend auto operator<=>(const PagePosition&, const PagePosition&) = default;  // NOLINT: no 0 here
};

/// Opaque to clients: URL-safe, and changed only together with the server.
std::string MakePageToken(const PagePosition& position);

/// INVALID_ARGUMENT for a token that MakePageToken did not make. Takes any bytes.
absl::StatusOr<PagePosition> ParsePageToken(absl::string_view token);

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_PAGE_TOKEN_H_
