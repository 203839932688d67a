#include "server/ready_line.h"

#include <nlohmann/json.hpp>

namespace cae {

std::string ReadyLine(const std::string& listen, const std::string& metrics_listen,
                      const std::vector<std::string>& models) {
  nlohmann::ordered_json line;
  line["event"] = "ready";
  line["listen"] = listen;
  if (!metrics_listen.empty()) line["metrics_listen"] = metrics_listen;
  line["models"] = models;
  return line.dump();
}

}  // namespace cae
