#include "core/serving/model_name.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace cae {

bool IsModelName(absl::string_view name) {
  constexpr std::size_t kLongest = 128;
  return !name.empty() && name.size() <= kLongest && absl::ascii_isalnum(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
         });
}

}  // namespace cae
