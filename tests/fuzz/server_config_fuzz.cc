// Any text either has faults, each a sentence, or is a configuration that stays in order when its
// defaults are filled in and when it is written out and read again. No file is looked at.
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/text_format.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "server/config/config_check.h"
#include "server/config/config_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // protobuf complains on stderr of strings that are no UTF-8.
  [[maybe_unused]] static const auto loud = google::protobuf::SetLogHandler(nullptr);
  cae::v1::ServerConfig config;
  std::vector<std::string> problems;
  cae::ParseConfig({reinterpret_cast<const char*>(data), size}, config, problems);
  const bool parsed = problems.empty();
  // What was read before a fault is checked all the same, as it is for all faults to be told.
  for (const std::string& problem : cae::CheckConfig(config)) problems.push_back(problem);
  for (const std::string& problem : problems) CAE_CHECK(!problem.empty(), "a fault without words");
  (void)cae::ConfigWarnings(config);
  if (!problems.empty()) return 0;

  std::string text;
  CAE_CHECK(google::protobuf::TextFormat::PrintToString(config, &text), "it cannot be written");
  cae::v1::ServerConfig again;
  cae::ParseConfig(text, again, problems);
  CAE_CHECK(parsed && problems.empty(), "what was written cannot be read");
  CAE_CHECK(again.SerializeAsString() == config.SerializeAsString(), "it came back changed");

  cae::FillDefaults(config);
  const std::vector<std::string> after = cae::CheckConfig(config);
  CAE_CHECK(after.empty(), after.front());
  return 0;
}
