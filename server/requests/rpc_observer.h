// RpcObserver: what happens in the rpcs of CaeService, told to whoever counts it. Keeps metrics
// libraries out of the services.
#ifndef CAE_SERVER_REQUESTS_RPC_OBSERVER_H_
#define CAE_SERVER_REQUESTS_RPC_OBSERVER_H_

#include <array>
#include <cstdint>
#include <string>

#include "absl/time/time.h"

namespace cae {

/// Why an admitted sample stream ended.
inline constexpr char kStreamCompleted[] = "completed";  ///< all draws asked for were sent
inline constexpr char kStreamCancelled[] = "cancelled";  ///< by the client, or its connection broke
inline constexpr char kStreamDeadline[] = "deadline";
inline constexpr char kStreamDraining[] = "draining";  ///< after a message with a state
inline constexpr char kStreamFailed[] = "failed";
/// All of them, so that every series can be there from the start.
inline constexpr std::array<const char*, 5> kStreamEnds = {
    kStreamCompleted, kStreamCancelled, kStreamDeadline, kStreamDraining, kStreamFailed};

/// Every method may be called from any thread, at any time, and must neither block nor call back.
/// The base class ignores everything.
class RpcObserver {
 public:
  virtual ~RpcObserver() = default;

  /// A unary rpc computed its answer. `operation` is the rpc's name: "Encode".
  virtual void OnRows(const std::string& /*model*/, const char* /*operation*/,
                      std::int64_t /*rows*/) {}
  /// A request was refused by admission (row 8 of the error table); `reason` is the ErrorInfo's,
  /// one of kAdmissionReasons.
  virtual void OnRejected(const char* /*method*/, const std::string& /*reason*/) {}

  /// A message with that many draws, over all chains of the stream, was written.
  virtual void OnDrawsSent(const std::string& /*model*/, std::int64_t /*draws*/) {}
  /// The first message of a stream with draws went on its way, so long after the request came.
  virtual void OnFirstDraw(absl::Duration /*after*/) {}
  /// The chains of a stream go on, or are over, after they stood so long for their reader.
  virtual void OnStall(absl::Duration /*stood*/) {}
  /// An admitted stream ended; `reason` is one of kStreamEnds.
  virtual void OnStreamFinished(const char* /*reason*/, absl::Duration /*took*/) {}
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_RPC_OBSERVER_H_
