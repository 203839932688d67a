// HelpFormatter: how `cae --help` looks.
#ifndef CAE_CLIENT_COMMANDS_HELP_FORMATTER_H_
#define CAE_CLIENT_COMMANDS_HELP_FORMATTER_H_

#include <CLI/CLI.hpp>
#include <string>

namespace cae {

/// CLI11's own, with descriptions broken into lines so that no help is wider than 100 columns.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_HELP_FORMATTER_H_
