// SampleReactor: streams the draws of chains to a client, as fast as the client reads.
#ifndef CAE_SERVER_SERVICES_SAMPLE_REACTOR_H_
#define CAE_SERVER_SERVICES_SAMPLE_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include <optional>

#include "absl/status/status.h"
#include "cae/v1/cae_service.pb.h"
#include "core/serving/executor.h"
#include "server/requests/sample_planner.h"
#include "server/requests/sample_producer.h"
#include "server/services/rpc_call.h"

namespace cae {

/// Pull-based: a job of the executor fills one message and starts its write; the next job is
/// submitted when that write is done. So one write is in flight at most, a client that does not
/// read costs no compute time and no more memory than a message, and streams share the executor
/// fairly.
///
/// Who acts. First Start(), on the thread of the network; it either finishes the call or submits a
/// job. Then, in turn, a job (slice by slice) and OnWriteDone; each hands over to the next as the
/// last thing it does, and whoever ends the stream calls Finish instead. So Finish is called
/// exactly once and nothing needs a lock. OnCancel may come at any time and only sets a flag, which
/// is looked at before each transition of a chain; a write that is in flight then comes back as
/// failed.
///
/// Life. As UnaryReactor: it owns itself, OnDone deletes it, nothing touches it after Finish.
class SampleReactor final : public grpc::ServerWriteReactor<v1::SampleResponse> {
 public:
  static grpc::ServerWriteReactor<v1::SampleResponse>* Start(const ServingContext& serving,
                                                             RpcObserver* observer,
                                                             grpc::CallbackServerContext& context,
                                                             const v1::SampleRequest& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  SampleReactor(const ServingContext& serving, RpcObserver* observer,
                grpc::CallbackServerContext& context, const v1::SampleRequest& request)
      : call_(serving, observer, "Sample", context), planner_(request) {}

  /// Rows 2 to 8 of the error table, but for contents that take long to look at.
  absl::Status Check();
  void SubmitJob();
  Job::Slice RunSlice(Workspace& workspace);
  /// Makes the producer; the first thing that the first job does.
  absl::Status Prepare();
  /// Steps chains until a message is ready (kDone) or the slice is over (kMore).
  absl::StatusOr<Job::Slice> Advance(Workspace& workspace);
  /// Ends an admitted stream. Nothing of this object may be touched afterwards.
  void End(const absl::Status& status);

  RpcCall call_;
  SamplePlanner planner_;
  ServableHandle servable_;  ///< keeps the version while the call lasts
  bool contents_checked_ = false;
  std::optional<SampleProducer> producer_;
  v1::SampleResponse message_;  ///< gRPC's from StartWrite to OnWriteDone
  bool draining_ = false;       ///< the message that is written last makes way for UNAVAILABLE
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_SAMPLE_REACTOR_H_
