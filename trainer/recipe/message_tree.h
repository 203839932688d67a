// Messages and JSON trees, by the descriptor of the message: one reader for every text form.
#ifndef CAE_TRAINER_RECIPE_MESSAGE_TREE_H_
#define CAE_TRAINER_RECIPE_MESSAGE_TREE_H_

#include <google/protobuf/message.h>

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace cae {

/// What is wrong, by the JSON pointer (RFC 6901) of the value; one fault each. "" is the whole.
using TreeFaults = std::map<std::string, std::string>;

/// The tree of a text: JSON where it begins with a bracket, else protobuf's text format.
/// INVALID_ARGUMENT lists the faults of its syntax. Thread-safe.
absl::StatusOr<nlohmann::json> ParseTree(absl::string_view text);

/// OK where there is none, else INVALID_ARGUMENT with all of them; `whole` is what "" is called.
absl::Status StatusOf(const TreeFaults& faults, absl::string_view whole);

/// Fills `message` from a JSON object whose keys are the names of its fields. Notes a fault,
/// instead of setting the field, for unknown and missing fields, values of the wrong type, values
/// outside of the rule of the field (recipe.proto), words that no enumeration has, and two members
/// of a oneof. Fields may be bool, uint32, uint64, double, string, enum or message, and lists of
/// messages, doubles and strings. One element may stand for a list of one.
void ReadMessage(const nlohmann::json& tree, google::protobuf::Message& message,
                 TreeFaults& faults);

/// The message with the defaults of scalar fields written out; messages and lists that are not
/// there stay away. Words are short and lower-case. ReadMessage reads it back.
nlohmann::json WriteMessage(const google::protobuf::Message& message);

}  // namespace cae

#endif  // CAE_TRAINER_RECIPE_MESSAGE_TREE_H_
