// The configuration file: v1.ServerConfig in protobuf text format.
#ifndef CAE_SERVER_CONFIG_CONFIG_FILE_H_
#define CAE_SERVER_CONFIG_CONFIG_FILE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cae/v1/server_config.pb.h"

namespace cae {

/// Reads the text into `config`. Adds a sentence for each fault that it finds, with line and
/// column; unknown fields are faults, and do not hide what follows them. Takes any bytes.
/// Thread-safe.
void ParseConfig(absl::string_view text, v1::ServerConfig& config,
                 std::vector<std::string>& problems);

/// The same from a file, whose name then stands before each fault. A file that cannot be read is a
/// fault as well.
void ReadConfigFile(const std::string& path, v1::ServerConfig& config,
                    std::vector<std::string>& problems);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_CONFIG_FILE_H_
