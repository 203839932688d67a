// The headers that most of core/ includes and that take longest to read. Only third-party and
// standard headers belong here.
#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
