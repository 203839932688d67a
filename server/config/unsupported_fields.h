// Fields of a configuration that this version of the server does not honour.
#ifndef CAE_SERVER_CONFIG_UNSUPPORTED_FIELDS_H_
#define CAE_SERVER_CONFIG_UNSUPPORTED_FIELDS_H_

#include <string>
#include <vector>

#include "cae/v1/server_config.pb.h"

namespace cae {

/// One sentence for each field that is set and would be ignored; none where the value asks for what
/// the server does anyway. Thread-safe.
std::vector<std::string> UnsupportedFields(const v1::ServerConfig& config);

}  // namespace cae

#endif  // CAE_SERVER_CONFIG_UNSUPPORTED_FIELDS_H_
