// endurance: what must hold at full size. See --help.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "tests/endurance/endurance.h"

namespace cae::testing {
namespace {

int Main(int argc, char** argv) {
  EnduranceOptions options;
  options.program = std::filesystem::read_symlink("/proc/self/exe").string();
  std::vector<std::string> only;
  std::string victim;
  int streams = 1;
  CLI::App app(
      "Starts servers (cae-server beside this program) and shows that they keep their promises\n"
      "at full size: about a quarter of an hour on two cores. Prints a table; exit code 1 where\n"
      "a row fails.",
      "endurance");
  app.add_option("--repository", options.repository, "Folder of the models [models]");
  app.add_option("--model", options.model, "Model with 784 inputs [mnist-cae1]");
  const std::vector<std::pair<std::string, void (*)(const EnduranceOptions&, EnduranceTable&)>>
      parts = {{"digests", TestDigests},
               {"killed-clients", TestKilledClients},
               {"slow-reader", TestSlowReader},
               {"many-chains", TestManyChains}};
  app.add_option("--only", only, "digests, killed-clients, slow-reader or many-chains [all]")
      ->delimiter(',');
  app.add_flag("--quick", options.quick, "The same on a small scale, in seconds");
  app.add_option("--victim", victim)->group("");  // for this program alone
  app.add_option("--streams", streams)->group("");
  CLI11_PARSE(app, argc, argv);
  if (!victim.empty()) return RunVictim(victim, options.model, streams);
  for (const std::string& name : only) {
    if (std::none_of(parts.begin(), parts.end(), [&](const auto& p) { return p.first == name; })) {
      std::fprintf(stderr, "endurance: --only: no part '%s'\n", name.c_str());
      return 2;
    }
  }
  EnduranceTable table;
  for (const auto& [name, run] : parts) {
    if (only.empty() || std::find(only.begin(), only.end(), name) != only.end()) {
      run(options, table);
    }
  }
  return table.failures() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace cae::testing

int main(int argc, char** argv) { return cae::testing::Main(argc, argv); }
