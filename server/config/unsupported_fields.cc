#include "server/config/unsupported_fields.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/config/setting.h"

namespace cae {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// Honoured, but no line of the table of settings: these are messages or lists.
constexpr absl::string_view kStructured[] = {"repository.version_policy", "repository.models",
                                             "repository.only", "repository.precision"};

bool IsHonoured(absl::string_view path) {
  return absl::c_linear_search(kStructured, path) ||
         absl::c_any_of(Settings(), [path](const Setting& s) { return s.path == path; });
}

/// Whether something inside of the message at `path` is honoured.
bool HasHonouredFields(absl::string_view path) {
  const std::string prefix = absl::StrCat(path, ".");
  const auto inside = [&prefix](absl::string_view other) {
    return absl::StartsWith(other, prefix);
  };
  return absl::c_any_of(kStructured, inside) ||
         absl::c_any_of(Settings(), [&inside](const Setting& s) { return inside(s.path); });
}

/// Values that ask for what happens anyway.
bool AsksForNothing(absl::string_view path, const v1::ServerConfig& config) {
  return (path == "admin_listen" && config.admin_listen().empty()) ||
         (path == "open_inference" && !config.open_inference()) ||
         (path == "repository.poll_interval_seconds" &&
          config.repository().poll_interval_seconds() == 0);
}

void Visit(const v1::ServerConfig& config, const Message& message, const std::string& prefix,
           std::vector<std::string>& problems) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const std::string path = absl::StrCat(prefix, field->name());
    if (IsHonoured(path) || AsksForNothing(path, config)) continue;
    if (HasHonouredFields(path)) {
      Visit(config, message.GetReflection()->GetMessage(message, field), path + ".", problems);
    } else {
      problems.push_back(absl::StrCat(path, ": not supported by this version yet; take it out"));
    }
  }
}

}  // namespace

std::vector<std::string> UnsupportedFields(const v1::ServerConfig& config) {
  std::vector<std::string> problems;
  Visit(config, config, "", problems);
  return problems;
}

}  // namespace cae
