#include "server/grpc_log.h"

#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

namespace cae {

void ForwardGrpcLog() {
  gpr_set_log_function([](gpr_log_func_args* args) {
    // What gRPC calls an error is mostly a peer's doing; what of it is ours, we log ourselves.
    const auto level =
        args->severity == GPR_LOG_SEVERITY_ERROR ? spdlog::level::warn : spdlog::level::debug;
    spdlog::log(level, "grpc: {}", args->message);
  });
}

}  // namespace cae
