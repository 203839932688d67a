// Which build this is.
#ifndef CAE_SERVER_BUILD_INFO_H_
#define CAE_SERVER_BUILD_INFO_H_

namespace cae {

/// "0.1.0".
const char* BuildVersion();
/// As git describes the sources, "0b35c50" or "0b35c50-dirty"; "unknown" outside of a checkout.
const char* BuildCommit();

}  // namespace cae

#endif  // CAE_SERVER_BUILD_INFO_H_
