// Names out of files, made fit for messages and logs.
#ifndef CAE_CORE_IO_QUOTED_H_
#define CAE_CORE_IO_QUOTED_H_

#include <string>

#include "absl/strings/string_view.h"

namespace cae {

/// The text in single quotes, control characters and bytes above 127 escaped, cut after 80 bytes: a
/// hostile name can neither forge a line of the log nor fill it.
std::string Quoted(absl::string_view text);

}  // namespace cae

#endif  // CAE_CORE_IO_QUOTED_H_
