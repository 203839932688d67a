#include "client/commands/help_formatter.h"

#include <cstddef>

#include "absl/strings/str_split.h"

namespace cae {
namespace {

constexpr std::size_t kHelpColumns = 100;

}  // namespace

std::string HelpFormatter::make_option_desc(const CLI::Option* option) const {
  const std::size_t width = kHelpColumns - get_column_width();
  std::string text;
  std::size_t line = 0;
  for (const absl::string_view word :
       absl::StrSplit(CLI::Formatter::make_option_desc(option), ' ')) {
    if (line > 0 && line + 1 + word.size() > width) {
      text += '\n';  // which CLI11 indents
      line = 0;
    } else if (line > 0) {
      text += ' ';
      ++line;
    }
    text.append(word.data(), word.size());
    line += word.size();
  }
  return text;
}

}  // namespace cae
