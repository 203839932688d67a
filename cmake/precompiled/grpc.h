// The headers that most of server/, client/ and proto/codec include. Only third-party and standard
// headers belong here.
#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
