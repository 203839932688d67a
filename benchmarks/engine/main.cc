// engine_worker: measures the engine inside one process, on request. Each line of standard input is
// one measurement, each answer one line of JSON; what is prepared is kept between them. So a runner
// can let several programs take turns.
//
//   $ echo "encode rows=64 threads=2 seconds=0.5" | build/release/bin/engine_worker
//   {"measurement":"encode","per_second":231504.1,"threads":2,"unit":"rows"}
//
// Run it in the project's folder. Without input: the names of the measurements, one a line.
#include <cstdio>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "benchmarks/engine/work.h"

namespace cae::benchmarks {
namespace {

using Works = std::vector<std::unique_ptr<Work>>;

nlohmann::json Failure(const std::string& reason) { return {{"error", reason}}; }

nlohmann::json Answer(const std::string& line, std::map<std::string, Works>& prepared) {
  std::vector<std::string> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
  if (words.empty()) return Failure("an empty line");
  const std::string name = words.front();
  const auto found = Measurements().find(name);
  if (found == Measurements().end()) return Failure(absl::StrCat("no measurement '", name, "'"));
  words.erase(words.begin());
  const auto arguments = Arguments::Parse(words);
  if (!arguments.ok()) return Failure(std::string(arguments.status().message()));
  const Index threads = arguments->Number("threads", 1);
  double seconds = 0;
  if (!absl::SimpleAtod(arguments->Text("seconds", "0.3"), &seconds) || threads < 1) {
    return Failure("threads must be at least 1 and seconds a number");
  }
  Works& works = prepared[line];
  const bool fresh = works.empty();
  while (static_cast<Index>(works.size()) < threads)
    works.push_back(found->second.make(*arguments));
  if (fresh && !arguments->Unknown().empty()) {
    prepared.erase(line);
    return Failure(absl::StrCat("'", name, "' takes no argument '", arguments->Unknown(), "'"));
  }
  nlohmann::json answer = {{"measurement", name},
                           {"unit", found->second.unit},
                           {"threads", threads},
                           {"per_second", Throughput(works, seconds)}};
  for (const auto& [fact, value] : works.front()->Facts()) answer[fact] = value;
  return answer;
}

int Main() {
  std::map<std::string, Works> prepared;
  std::string line;
  bool any = false;
  while (std::getline(std::cin, line)) {
    any = true;
    std::printf("%s\n", Answer(line, prepared).dump().c_str());
    std::fflush(stdout);
  }
  if (!any) {
    for (const auto& [name, measurement] : Measurements()) {
      std::printf("%s (%s a second)\n", name.c_str(), measurement.unit.c_str());
    }
  }
  return 0;
}

}  // namespace
}  // namespace cae::benchmarks

int main() { return cae::benchmarks::Main(); }
