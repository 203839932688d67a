// SHA-256, by which model files are told apart.
#ifndef CAE_CORE_IO_SHA256_H_
#define CAE_CORE_IO_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cae {

/// The digest of the bytes as 64 lower-case hexadecimal digits. Thread-safe.
std::string Sha256Hex(absl::string_view bytes);

}  // namespace cae

#endif  // CAE_CORE_IO_SHA256_H_
