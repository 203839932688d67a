// UnaryReactor: runs a UnaryOperation for a call of gRPC's callback interface.
#ifndef CAE_SERVER_SERVICES_UNARY_REACTOR_H_
#define CAE_SERVER_SERVICES_UNARY_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "core/math/workspace.h"
#include "core/serving/executor.h"
#include "server/requests/unary_operation.h"
#include "server/services/rpc_call.h"

namespace cae {

/// Checks on the thread of the network that brought the request, computes in jobs of the executor.
///
/// Who acts. First Start(), on the thread of the network; it either finishes the call or submits
/// one job and from then on touches nothing. Then that job, one slice at a time, the last of which
/// finishes the call; so Finish is called exactly once and nothing needs a lock. OnCancel may come
/// at any time and only sets a flag, which is looked at before each slice.
///
/// Life. It owns itself: gRPC calls OnDone, which deletes it, after Finish and after OnCancel, if
/// that was called at all; the job does not touch it after Finish. Request, response and context
/// belong to gRPC and live until OnDone returns.
class UnaryReactor final : public grpc::ServerUnaryReactor {
 public:
  /// Begins a call; the reactor is what the service's method returns to gRPC.
  static grpc::ServerUnaryReactor* Start(const ServingContext& serving, RpcObserver* observer,
                                         grpc::CallbackServerContext& context,
                                         std::unique_ptr<UnaryOperation> operation);

  void OnCancel() override { call_.Cancel(); }
  void OnDone() override { delete this; }

 private:
  UnaryReactor(const ServingContext& serving, RpcObserver* observer,
               grpc::CallbackServerContext& context, std::unique_ptr<UnaryOperation> operation)
      : call_(serving, observer, operation->method(), context), operation_(std::move(operation)) {}

  /// Rows 2 to 8 of the error table, but for contents that take long to look at.
  absl::Status Check();
  void SubmitJob();
  Job::Slice RunSlice(Workspace& workspace);
  /// kMore: call again. Everything else ends the call.
  absl::StatusOr<Job::Slice> Advance(Workspace& workspace);
  /// Nothing of this object may be touched afterwards.
  void End(const absl::Status& status);

  RpcCall call_;
  const std::unique_ptr<UnaryOperation> operation_;
  ServableHandle servable_;  ///< keeps the version while the call lasts
  bool contents_checked_ = false;
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_UNARY_REACTOR_H_
