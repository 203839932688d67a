// Checking a configuration, and filling in its defaults.
#ifndef CAE_SERVER_CONFIG_CONFIG_CHECK_H_
#define CAE_SERVER_CONFIG_CONFIG_CHECK_H_

#include <string>
#include <vector>

#include "cae/v1/server_config.pb.h"

namespace cae {

/// Everything that is wrong with a configuration, one sentence an entry, each beginning with the
/// path of the field: values out of range, and fields that this version does not honour. Empty: it
/// can be used. Thread-safe.
std::vector<std::string> CheckConfig(const v1::ServerConfig& config);

/// What an operator should know about a configuration that is in order, such as a listener that
/// other machines reach without encryption.
std::vector<std::string> ConfigWarnings(const v1::ServerConfig& config);

/// Sets each field of the table of settings that is not set to its default.
void FillDefaults(v1::ServerConfig& config);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_CONFIG_CHECK_H_
