#include "server/config/setting.h"

namespace cae {
namespace {

using Rule = Setting::Rule;

constexpr double kDay = 86400;
constexpr double kTebibyte = 1099511627776.0;
constexpr double kGibibyte = 1073741824.0;

// The defaults are those that server_config.proto documents; a test holds the two together.
constexpr Setting kSettings[] = {
    {"listen", "listen", "127.0.0.1:50051", "ADDRESS",
     "Address of the inference listener; port 0 takes any free port", Rule::kAddress},
    {"metrics_listen", "metrics-listen", "127.0.0.1:9464", "ADDRESS",
     "Address of the metrics listener (GET /metrics); empty for none", Rule::kAddressOrEmpty},

    {"repository.root", "repository", "models", "FOLDER",
     "Folder of the models, <name>/<version>/model.safetensors in it"},
    {"repository.max_file_bytes", "max-file-bytes", "4294967296", "BYTES",
     "Largest model file that is read", Rule::kRange, 1024, kTebibyte},
    {"repository.start_without_models", "start-without-models", "false", "BOOL",
     "Start, not ready, where no model can be loaded"},

    {"compute.threads", "threads", "0", "COUNT", "Compute threads; 0 is one a core", Rule::kRange,
     0, 1024},
    {"compute.isa", "isa", "", "NAME",
     "Pin the instruction set: sse41, avx2 or avx512; empty is the best there is"},

    {"limits.max_rows", "max-rows", "4096", "ROWS", "Most rows of one request", Rule::kRange, 1,
     1e6},
    {"limits.max_chains", "max-chains", "1024", "CHAINS", "Most chains of one stream", Rule::kRange,
     1, 1e5},
    {"limits.max_rank", "max-rank", "64", "COUNT", "Most tangent directions", Rule::kRange, 1,
     1024},
    {"limits.max_message_bytes", "max-message-bytes", "3670016", "BYTES",
     "Largest response message", Rule::kRange, 65536, kGibibyte},
    {"limits.max_request_bytes", "max-request-bytes", "0", "BYTES",
     "Largest request message; 0 is enough for max-rows of the widest model", Rule::kZeroOrRange,
     65536, kGibibyte},

    {"admission.max_rows", "admission-rows", "262144", "ROWS",
     "Most rows that wait or run in all requests together", Rule::kRange, 1, 1e9},
    {"admission.max_chains", "admission-chains", "16384", "CHAINS",
     "Most chains of all streams together", Rule::kRange, 1, 1e7},

    {"connections.max_concurrent_streams", "max-concurrent-streams", "10000", "COUNT",
     "Calls that one connection may have open", Rule::kRange, 1, 1e6},
    {"connections.memory_quota_bytes", "memory-quota-bytes", "1073741824", "BYTES",
     "What gRPC may use for buffers", Rule::kRange, 16777216, kTebibyte},
    {"connections.keepalive_interval_seconds", "keepalive-interval", "60", "SECONDS",
     "Silence after which the server pings", Rule::kRange, 1, kDay},
    {"connections.keepalive_timeout_seconds", "keepalive-timeout", "20", "SECONDS",
     "How long a ping may go unanswered", Rule::kRange, 1, 3600},
    {"connections.min_ping_interval_seconds", "min-ping-interval", "10", "SECONDS",
     "Least time between pings of a client", Rule::kRange, 0, 3600},

    {"drain.lead_seconds", "drain-lead", "2", "SECONDS",
     "After SIGTERM: health says NOT_SERVING, new work is still taken", Rule::kRange, 0, 3600},
    {"drain.grace_seconds", "drain-grace", "25", "SECONDS",
     "After SIGTERM: what then still runs is cut off", Rule::kRange, 0, kDay},

    {"log.level", "log-level", "info", "LEVEL", "trace, debug, info, warning, error or off"},
    {"log.format", "log-format", "json", "FORMAT", "json or text"},
    {"reflection", "reflection", "true", "BOOL", "Serve gRPC reflection"},
};

}  // namespace

absl::Span<const Setting> Settings() { return kSettings; }

}  // namespace cae
