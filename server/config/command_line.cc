#include "server/config/command_line.h"

#include <CLI/CLI.hpp>
#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/config/config_check.h"
#include "server/config/config_field.h"
#include "server/config/config_file.h"
#include "server/config/precision.h"
#include "server/config/repository_check.h"
#include "server/config/setting.h"

namespace cae {
namespace {

constexpr char kDescription[] =
    "Serves contractive auto-encoders over gRPC: codes, reconstructions, tangents, classes and\n"
    "sample chains.\n";
constexpr char kFooter[] = R"(
Examples:
  cae-server                                serve all of ./models on 127.0.0.1:50051
  cae-server --repository=/srv/models --listen=0.0.0.0:50051
  cae-server --model mnist-cae1 --threads 4 --log-format=text
  cae-server --config=server.textproto --check-config

When it is ready it prints one line of JSON on stdout with the addresses that it listens on; logs go
to stderr. SIGTERM or SIGINT drains it: exit code 0. A bad command line or configuration: 2. Any
other failure: 1.)";

/// The flags as they stand on the command line, before anything is made of them.
struct Flags {
  bool help = false;
  bool version = false;
  bool check_config = false;
  std::string config;
  std::string version_policy;
  std::vector<std::string> models;
  std::vector<std::string> precisions;
  std::map<absl::string_view, std::string> values;  ///< by flag; of those that were given
};

std::string GroupOf(const Setting& setting) {
  const auto dot = setting.path.find('.');
  return dot == absl::string_view::npos ? "listeners" : std::string(setting.path.substr(0, dot));
}

std::string HelpOf(const Setting& setting) {
  std::string text(setting.help);
  if (!setting.default_value.empty()) absl::StrAppend(&text, " [", setting.default_value, "]");
  return text;
}

void AddSetting(const Setting& setting, CLI::App& app, Flags& flags) {
  const std::string name = absl::StrCat("--", setting.flag);
  const auto store = [&flags, flag = setting.flag](const CLI::results_t& results) {
    flags.values[flag] = results.back();
    return true;
  };
  CLI::Option* option = app.add_option(name, store, HelpOf(setting));
  option->type_name(std::string(setting.value_name))
      ->group(GroupOf(setting))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  // A truth value may stand alone, and is then an empty word here.
  if (setting.value_name == "BOOL") option->expected(0, 1);
}

/// The words as CLI11 understands them: an empty value has to be a word of its own.
std::vector<const char*> Words(int argc, const char* const* argv, std::vector<std::string>& kept) {
  std::vector<const char*> words;
  kept.reserve(static_cast<std::size_t>(argc));
  for (int i = 0; i < argc; ++i) {
    const absl::string_view word = argv[i];
    if (!absl::StartsWith(word, "--") || !absl::EndsWith(word, "=")) {
      words.push_back(argv[i]);
      continue;
    }
    kept.emplace_back(word.substr(0, word.size() - 1));
    words.push_back(kept.back().c_str());
    words.push_back("");
  }
  return words;
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.set_help_flag();  // our own: --help is an answer on stdout, never an error
  app.add_flag("-h,--help", flags.help, "Print this help and exit")->group("general");
  app.add_flag("--version", flags.version, "Print the version and exit")->group("general");
  app.add_option("--config", flags.config,
                 "File with a cae.v1.ServerConfig in protobuf text format; flags override it")
      ->type_name("FILE")
      ->group("general");
  app.add_flag("--check-config", flags.check_config,
               "Check flags and file, list every problem, and exit with 0 or 2")
      ->group("general");
  for (const Setting& setting : Settings()) AddSetting(setting, app, flags);
  app.add_option("--model", flags.models, "Serve this model alone; may be repeated [all]")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("repository");
  app.add_option("--version-policy", flags.version_policy,
                 "Versions to serve: latest, latest:N, all, or numbers as 1,4 [latest]")
      ->type_name("POLICY")
      ->group("repository");
  app.add_option("--precision", flags.precisions,
                 "Precision of products, float32 or bf16, of all models; as NAME=PRECISION that of "
                 "one; may be repeated [float32]")
      ->type_name("PRECISION")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group("repository");
}

/// What CLI11 could not place: unknown flags, with the values behind them, and loose words.
void AddExtras(const std::vector<std::string>& extras, std::vector<std::string>& problems) {
  bool behind_flag = false;
  for (const std::string& extra : extras) {
    const bool is_flag = absl::StartsWith(extra, "-");
    if (is_flag) {
      problems.push_back(
          absl::StrCat(extra.substr(0, extra.find('=')), ": no such flag; --help lists them all"));
    } else if (!behind_flag) {
      problems.push_back(absl::StrCat("'", extra, "': a flag starts with --"));
    }
    behind_flag = is_flag && !absl::StrContains(extra, '=');
  }
}

void ApplyFlags(const Flags& flags, v1::ServerConfig& config, std::vector<std::string>& problems) {
  for (const Setting& setting : Settings()) {
    const auto given = flags.values.find(setting.flag);
    if (given == flags.values.end()) continue;
    const bool bare = setting.value_name == "BOOL" && given->second.empty();
    const auto status =
        ConfigField(config, setting.path).SetFromText(bare ? "true" : given->second);
    if (!status.ok()) problems.push_back(absl::StrCat("--", setting.flag, ": ", status.message()));
  }
  if (!flags.models.empty()) {
    auto& only = *config.mutable_repository()->mutable_only();
    only.Assign(flags.models.begin(), flags.models.end());
  }
  if (!flags.version_policy.empty()) {
    const auto policy = ParseVersionPolicy(flags.version_policy);
    if (policy.ok()) {
      *config.mutable_repository()->mutable_version_policy() = *policy;
    } else {
      problems.push_back(absl::StrCat("--version-policy: ", policy.status().message()));
    }
  }
  for (const absl::Status& status :
       ApplyPrecisions(flags.precisions, *config.mutable_repository())) {
    problems.push_back(absl::StrCat("--precision: ", status.message()));
  }
}

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine result;
  Flags flags;
  CLI::App app(kDescription, "cae-server");
  app.footer(kFooter);
  app.get_formatter()->column_width(38);
  app.allow_extras();
  try {
    AddFlags(app, flags);
    std::vector<std::string> kept;
    const std::vector<const char*> words = Words(argc, argv, kept);
    app.parse(static_cast<int>(words.size()), words.data());
  } catch (const CLI::Error& error) {
    result.problems.push_back(error.what());
    return result;
  }
  AddExtras(app.remaining(), result.problems);
  if (flags.help || flags.version) {
    result.action = flags.help ? CommandLine::Action::kShowHelp : CommandLine::Action::kShowVersion;
    if (flags.help) result.help = app.help();
    return result;
  }
  if (flags.check_config) result.action = CommandLine::Action::kCheckConfig;
  if (!flags.config.empty()) ReadConfigFile(flags.config, result.config, result.problems);
  ApplyFlags(flags, result.config, result.problems);
  for (std::string& problem : CheckConfig(result.config)) {
    result.problems.push_back(std::move(problem));
  }
  FillDefaults(result.config);
  return result;
}

}  // namespace cae
