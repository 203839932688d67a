#include "server/services/page_token.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "core/serving/model_name.h"

namespace cae {

std::string MakePageToken(const PagePosition& position) {
  return absl::WebSafeBase64Escape(absl::StrCat("models/", position.name, "/", position.version));
}

absl::StatusOr<PagePosition> ParsePageToken(absl::string_view token) {
  std::string text;
  PagePosition position;
  if (absl::WebSafeBase64Unescape(token, &text)) {
    const std::vector<std::string> parts = absl::StrSplit(text, '/');
    if (parts.size() == 3 && IsModelName(parts[1]) &&
        absl::SimpleAtoi(parts[2], &position.version)) {
      position.name = parts[1];
      // Only what comes out the same is a token of ours: no prefix, no zeros in front, no spaces.
      if (MakePageToken(position) == token) return position;
    }
  }
  return absl::InvalidArgumentError(
      "page_token was not made by this server; send the next_page_token of the page before, or "
      "nothing for the first page");
}

}  // namespace cae
