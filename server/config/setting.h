// Setting: one line of the table of everything that can be configured.
#ifndef CAE_SERVER_CONFIG_SETTING_H_
#define CAE_SERVER_CONFIG_SETTING_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cae {

/// One field of v1.ServerConfig that this version honours. Whatever is not in the table is refused
/// where it is set, so that no setting is silently ignored.
struct Setting {
  enum class Rule {
    kAny,             ///< of a string, a truth value or an enumeration
    kRange,           ///< minimum .. maximum
    kZeroOrRange,     ///< 0, or minimum .. maximum
    kAddress,         ///< "host:port"
    kAddressOrEmpty,  ///< the same, or "" for none
  };

  absl::string_view path;           ///< of the field in ServerConfig: "limits.max_rows"
  absl::string_view flag;           ///< without the dashes: "max-rows"
  absl::string_view default_value;  ///< as a flag would give it
  absl::string_view value_name;     ///< what stands for the value in the help
  absl::string_view help;
  Rule rule = Rule::kAny;
  double minimum = 0;
  double maximum = 0;
};

/// All of them, in the order of the help. Lives for the whole process.
absl::Span<const Setting> Settings();

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_SETTING_H_
