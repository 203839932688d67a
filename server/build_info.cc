#include "server/build_info.h"

#include "server/build_commit.h"  // made by write_build_commit.cmake

namespace cae {

const char* BuildVersion() { return CAE_BUILD_VERSION; }
const char* BuildCommit() { return CAE_BUILD_COMMIT; }

}  // namespace cae
