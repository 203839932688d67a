#include "core/io/quoted.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace cae {

std::string Quoted(absl::string_view text) {
  constexpr std::size_t kLongest = 80;
  if (text.size() <= kLongest) return absl::StrCat("'", absl::CHexEscape(text), "'");
  return absl::StrCat("'", absl::CHexEscape(text.substr(0, kLongest)), "...'");
}

}  // namespace cae
