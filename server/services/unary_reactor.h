// UnaryReactor: runs a UnaryOperation for a call of gRPC's callback interface.
#ifndef CAE_SERVER_SERVICES_UNARY_REACTOR_H_
#define CAE_SERVER_SERVICES_UNARY_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "absl/status/status.h"
#include "core/serving/row_request.h"
#include "server/requests/unary_operation.h"
#include "server/services/rpc_call.h"

namespace cae {

/// Checks on the thread of the network that brought the request; its rows are computed by the row
/// batcher, together with those of other calls.
///
/// Who acts. First Start(), on the thread of the network; it either finishes the call, or hands its
/// rows to the batcher, or, where their contents take long to look at, submits a job that does so.
/// From then on the batcher acts, and Finish(const absl::Status&) is its last call; so the call is
/// finished exactly once and nothing needs a lock. OnCancel may come at any time and only sets a
/// flag, which is looked at before each tile.
///
/// Life. It owns itself: gRPC calls OnDone, which deletes it, after it was finished and after
/// OnCancel, if that was called at all. Request, response and context belong to gRPC and live until
/// OnDone returns.
class UnaryReactor final : public grpc::ServerUnaryReactor, private RowRequest {
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
  /// Looks at the contents in a job, then goes on to AddRows().
  void SubmitContentsCheck();
  void AddRows();
  /// Nothing of this object may be touched afterwards.
  void End(const absl::Status& status);

  const RowKernel& kernel() const override { return operation_->kernel(); }
  Index rows() const override { return operation_->rows(); }
  const float* input_in_place() const override { return operation_->input_in_place(); }
  absl::Status ReadRows(Index first, MatrixView into) override;
  float* output_in_place() override { return operation_->output_in_place(); }
  absl::Status WriteRows(Index first, ConstMatrixView rows) override;
  absl::Status Interruption() const override { return call_.Interruption(); }
  void Finish(const absl::Status& status) override;

  RpcCall call_;
  const std::unique_ptr<UnaryOperation> operation_;
  ServableHandle servable_;  ///< keeps the version while the call lasts
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_UNARY_REACTOR_H_
