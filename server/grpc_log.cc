#include "server/grpc_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include <string>

namespace cae {

void ForwardGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    // What gRPC calls an error is mostly a peer's doing; what of it is ours, we log ourselves.
    const auto level =
        args->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug;
    spdlog::log(level, "grpc: {}", args->message);
  });
  // Its errors are messages that do not parse, strings that are no UTF-8 for example: a peer's
  // doing, which the peer is told.
  google::protobuf::SetLogHandler([](google::protobuf::LogLevel level, const char*, int,
                                     const std::string& message) {
    // After what is fatal to it the process ends.
    const bool fatal = level == google::protobuf::LOGLEVEL_FATAL;
    spdlog::log(fatal ? spdlog::level::critical : spdlog::level::debug, "protobuf: {}", message);
  });
}

}  // namespace cae
