// ConfigField: a field of ServerConfig that is found by its path.
#ifndef CAE_SERVER_CONFIG_CONFIG_FIELD_H_
#define CAE_SERVER_CONFIG_CONFIG_FIELD_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cae/v1/server_config.pb.h"

namespace cae {

/// The last word of the value in small letters: "info" for LOG_LEVEL_INFO.
std::string EnumWord(const google::protobuf::EnumValueDescriptor& value);

/// A singular field of numbers, truth values, strings or an enumeration. Refers to the
/// configuration. Thread-compatible.
class ConfigField {
 public:
  /// `path` as "limits.max_rows"; it must exist. Makes the messages on the way, so that it must not
  /// be called before it was looked which fields are set.
  ConfigField(v1::ServerConfig& config, absl::string_view path);

  bool is_set() const;

  /// Takes the value from the text of a flag. Enumerations by EnumWord. INVALID_ARGUMENT says what
  /// is wanted instead.
  absl::Status SetFromText(absl::string_view text);

  bool is_number() const;
  double number() const;       ///< needs is_number()
  std::string string() const;  ///< needs a field of strings
  /// False where the field holds a number that its enumeration does not have.
  bool is_known_value() const;

 private:
  google::protobuf::Message* message_;
  const google::protobuf::FieldDescriptor* field_;
};

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_CONFIG_FIELD_H_
