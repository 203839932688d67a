#include "trainer/commands/common_options.h"

#include <algorithm>
#include <thread>

namespace cae {

void AddThreadsOption(CLI::App& parser, int& threads, const std::string& text) {
  constexpr int kMaxThreads = 256;
  threads = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, kMaxThreads);
  parser.add_option("--threads", threads, text)
      ->check(CLI::Range(1, kMaxThreads))
      ->capture_default_str();
}

void AddDataOption(CLI::App& parser, std::string& folder, const std::string& text) {
  parser.add_option("--data", folder, text)->type_name("FOLDER");
}

}  // namespace cae
