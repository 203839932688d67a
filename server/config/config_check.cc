#include "server/config/config_check.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/config/config_field.h"
#include "server/config/instruction_set.h"
#include "server/config/listen_address.h"
#include "server/config/precision.h"
#include "server/config/repository_check.h"
#include "server/config/setting.h"
#include "server/config/unsupported_fields.h"

namespace cae {
namespace {

using Rule = Setting::Rule;

/// The field as both places call it where it can be set: "limits.max_rows (--max-rows)".
std::string Name(const Setting& setting) {
  return absl::StrCat(setting.path, " (--", setting.flag, ")");
}

/// 4294967296 as it is, 0.5 as it is; never 4.29e+09.
std::string NumberText(double value) { return absl::StrFormat("%.15g", value); }

void CheckNumber(const Setting& setting, const ConfigField& field,
                 std::vector<std::string>& problems) {
  const double value = field.number();
  const bool zero_allowed = setting.rule == Rule::kZeroOrRange;
  // Written so that a NaN fails.
  if (value >= setting.minimum && value <= setting.maximum) return;
  if (zero_allowed && value == 0) return;
  problems.push_back(absl::StrCat(Name(setting), ": ", NumberText(value), " is not in the range ",
                                  zero_allowed ? "0 or " : "", NumberText(setting.minimum), " .. ",
                                  NumberText(setting.maximum)));
}

void CheckSetting(const Setting& setting, const ConfigField& field,
                  std::vector<std::string>& problems) {
  if (!field.is_known_value()) {
    problems.push_back(absl::StrCat(Name(setting), ": no such value"));
  }
  switch (setting.rule) {
    case Rule::kAny:
      break;
    case Rule::kRange:
    case Rule::kZeroOrRange:
      CheckNumber(setting, field, problems);
      break;
    case Rule::kAddressOrEmpty:
      if (field.string().empty()) break;
      [[fallthrough]];
    case Rule::kAddress:
      if (const auto address = ListenAddress::Parse(field.string()); !address.ok()) {
        problems.push_back(absl::StrCat(Name(setting), ": ", address.status().message()));
      }
      break;
  }
}

/// What concerns more than one field, or one that has a rule of its own. `config` has its defaults.
void CheckTogether(const v1::ServerConfig& config, std::vector<std::string>& problems) {
  if (config.repository().root().empty()) {
    problems.push_back("repository.root (--repository): it must name a folder");
  }
  if (const auto status = CheckInstructionSet(config.compute().isa()); !status.ok()) {
    problems.push_back(absl::StrCat("compute.isa (--isa): ", status.message()));
  }
  if (const auto status = CheckPrecisions(config); !status.ok()) {
    problems.push_back(absl::StrCat("repository.precision (--precision): ", status.message()));
  }
  const v1::DrainConfig& drain = config.drain();
  if (drain.grace_seconds() < drain.lead_seconds()) {
    problems.push_back(absl::StrCat(
        "drain.grace_seconds (--drain-grace): ", NumberText(drain.grace_seconds()),
        " is less than lead_seconds (", NumberText(drain.lead_seconds()), "), which it includes"));
  }
  const bool same = config.listen() == config.metrics_listen();
  if (same && !absl::EndsWith(config.listen(), ":0")) {
    problems.push_back("metrics_listen (--metrics-listen): the address of the inference listener");
  }
}

}  // namespace

std::vector<std::string> CheckConfig(const v1::ServerConfig& config) {
  std::vector<std::string> problems = UnsupportedFields(config);
  v1::ServerConfig complete = config;
  for (const Setting& setting : Settings()) {
    const ConfigField field(complete, setting.path);
    if (field.is_set()) CheckSetting(setting, field, problems);
  }
  FillDefaults(complete);
  CheckTogether(complete, problems);
  CheckRepository(config.repository(), problems);
  return problems;
}

std::vector<std::string> ConfigWarnings(const v1::ServerConfig& config) {
  std::vector<std::string> warnings;
  const auto warn = [&warnings](absl::string_view field, const std::string& text) {
    const auto address = ListenAddress::Parse(text);
    if (!address.ok() || address->is_loopback()) return;
    warnings.push_back(absl::StrCat(field, ": other machines may reach ", text,
                                    " without encryption and without a password"));
  };
  warn("listen", config.listen());
  warn("metrics_listen", config.metrics_listen());
  return warnings;
}

void FillDefaults(v1::ServerConfig& config) {
  for (const Setting& setting : Settings()) {
    ConfigField field(config, setting.path);
    if (field.is_set()) continue;
    // The table is ours: a default that cannot be read is a fault of the program, which tests find.
    field.SetFromText(setting.default_value).IgnoreError();
  }
}

}  // namespace cae
