// RpcMetrics: the grpc_server_* families, one series for each method that is served.
#ifndef CAE_SERVER_METRICS_RPC_METRICS_H_
#define CAE_SERVER_METRICS_RPC_METRICS_H_

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace cae {

/// Immutable after construction, so that counting takes no lock of ours; thread-safe. Refers to the
/// registry, which must outlive it.
class RpcMetrics {
 public:
  static constexpr int kCodes = 17;  ///< OK to UNAUTHENTICATED

  /// "OK", "InvalidArgument": as other gRPC servers label their series. 0 ≤ code < kCodes.
  static const char* CodeName(int code);

  /// The series of one method.
  struct Method {
    prometheus::Counter* started = nullptr;
    prometheus::Counter* received = nullptr;  ///< messages from the client
    prometheus::Counter* sent = nullptr;      ///< messages to the client
    std::array<prometheus::Counter*, kCodes> handled{};
    prometheus::Histogram* seconds = nullptr;  ///< null where the method streams
  };

  /// `services` by full name, "cae.v1.CaeService"; each must be linked into the program.
  RpcMetrics(prometheus::Registry& registry, const std::vector<std::string>& services);

  /// The series of "/cae.v1.CaeService/Encode"; whatever nobody serves shares the series "other",
  /// so that clients cannot make series.
  const Method& Find(absl::string_view full_method) const;

 private:
  struct Families;
  std::map<std::string, Method, std::less<>> methods_;
  Method other_;
};

}  // namespace cae

#endif  // CAE_SERVER_METRICS_RPC_METRICS_H_
