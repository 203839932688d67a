// SampleReactor: streams the draws of chains to a client, as fast as the client reads.
#ifndef CAE_SERVER_SERVICES_SAMPLE_REACTOR_H_
#define CAE_SERVER_SERVICES_SAMPLE_REACTOR_H_

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <deque>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cae/v1/cae_service.pb.h"
#include "core/base/mutex.h"
#include "core/math/workspace.h"
#include "core/serving/chain_scheduler.h"
#include "core/serving/draw_sink.h"
#include "server/requests/sample_planner.h"
#include "server/requests/sample_producer.h"
#include "server/services/rpc_call.h"

namespace cae {

/// A sink of the chain scheduler, which makes draws while the client reads them: one write is in
/// flight at most, and while it is, a part of the next message is made ahead; then the stream is
/// parked, and costs no compute time and little more memory than a message. It sends bytes that it
/// has put together itself (see WireFrame), so that draws are not copied on their way.
///
/// Who acts. First Start(), on the thread of the network; it either finishes the call or submits a
/// job, which computes where the chains start and adds them to the scheduler. From then on the
/// scheduler calls the sink's methods, and gRPC OnWriteDone and OnCancel, at the same time; what
/// they share is guarded by a lock, held for decisions only. The stream is over for the scheduler
/// with Ended(), its last call; the rpc is finished by Ended() or, where messages are still to be
/// written, by the OnWriteDone after the last of them: exactly once, by whoever finds nothing left
/// to write.
///
/// Life. As UnaryReactor: it owns itself, OnDone deletes it, nothing touches it after the rpc was
/// finished.
class SampleReactor final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, private DrawSink {
 public:
  /// `request` is a serialised SampleRequest; it is released as soon as it was read.
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const ServingContext& serving,
                                                           RpcObserver* observer,
                                                           grpc::CallbackServerContext& context,
                                                           grpc::ByteBuffer& request);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  SampleReactor(const ServingContext& serving, RpcObserver* observer,
                grpc::CallbackServerContext& context)
      : call_(serving, observer, "Sample", context), came_(serving.clock.Now()) {}

  /// Rows 2 to 8 of the error table, but for contents that take long to look at.
  absl::Status Check(grpc::ByteBuffer& request);
  void SubmitJob();
  /// The job: what is left to check, then the chains start.
  absl::Status StartChains(Workspace& workspace);

  absl::Status PutRows(const DrawRows& rows) override;
  absl::StatusOr<AfterDraw> DrawDone(const ChainStreamState& state) override;
  absl::Status Interruption() const override;
  absl::Time InterruptedFrom() const override { return call_.interrupted_from(); }
  void Ended(const absl::Status& status, const ChainStreamState& state) override;

  /// Puts what the producer has ready behind what is to be written.
  void QueueMessages(const ChainStreamState& state);
  /// Whether a message is to be written now; it then counts as in flight, and the caller calls
  /// Write() without the lock.
  bool TakeMessage() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Whether the stream is to stand still until more is written.
  bool MustPark() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// Whether all is written and the stream over; true once.
  bool TakeEnd() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  /// A stream that is parked no longer, and how long it was. No stream: it was not parked.
  struct Unparked {
    std::shared_ptr<ChainStream> stream;
    absl::Duration stood;
  };
  /// The stream, if it is parked: to be resumed without the lock.
  Unparked Unpark() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Resume(const Unparked& unparked);
  /// Writes the message taken.
  void Write();
  /// Ends an admitted stream. Nothing of this object may be touched afterwards.
  void End(const absl::Status& status);

  RpcCall call_;
  const absl::Time came_;                       ///< when the request did
  std::unique_ptr<v1::SampleRequest> request_;  ///< until the chains start
  std::optional<SamplePlanner> planner_;        ///< until the chains start
  ServableHandle servable_;                     ///< keeps the version while the call lasts
  /// Rows are put by any of the scheduler's threads; all else is done by DrawDone and Ended or,
  /// while the stream is parked, with the lock.
  std::optional<SampleProducer> producer_;
  std::atomic<bool> broken_ = false;  ///< a write failed

  mutable Mutex mutex_;
  std::shared_ptr<ChainStream> stream_ ABSL_GUARDED_BY(mutex_);  ///< while chains may be resumed
  std::deque<SampleMessage> queue_ ABSL_GUARDED_BY(mutex_);      ///< behind the one in flight
  bool in_flight_ ABSL_GUARDED_BY(mutex_) = false;
  bool parked_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time parked_at_ ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_status_ ABSL_GUARDED_BY(mutex_);
  SampleMessage writing_;       ///< gRPC's while in_flight_
  bool draws_written_ = false;  ///< owned as writing_
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_SAMPLE_REACTOR_H_
