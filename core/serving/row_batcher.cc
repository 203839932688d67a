#include "core/serving/row_batcher.h"

#include <utility>
#include <vector>

#include "core/serving/slice_timer.h"

namespace cae {
namespace {

/// What an operation is thought to take before any was measured: 20 GFLOP/s.
constexpr double kFirstGuess = 0.05;

constexpr std::size_t Slot(Job::Kind kind) { return static_cast<std::size_t>(kind); }

absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

std::array<JobPump, kComputeKinds> Pumps(int threads) {
  return {JobPump(threads), JobPump(threads), JobPump(threads)};
}

}  // namespace

RowBatcher::RowBatcher(Executor& executor)
    : executor_(executor), queue_(executor.threads()), pumps_(Pumps(executor.threads())) {
  nanoseconds_.fill(kFirstGuess);
}

RowBatcher::~RowBatcher() { Stop(); }

void RowBatcher::Add(RowRequest& request) {
  if (request.rows() == 0) return request.Finish(absl::OkStatus());
  const RowKernel& kernel = request.kernel();
  const Job::Kind kind = kernel.kind();
  if (executor_.observer() != nullptr) {
    executor_.observer()->OnQueuedRows(kernel.servable().identity, request.rows());
  }
  request.progress_ = {};
  request.progress_.added = executor_.clock().Now();
  bool stopped = false;
  int jobs = 0;
  {
    MutexLock lock(mutex_);
    stopped = stopped_;
    if (!stopped) {
      auto& progress = request.progress_;
      progress.backlog = static_cast<std::int64_t>(static_cast<double>(request.rows()) *
                                                   kernel.row_cost() * nanoseconds_[Slot(kind)]);
      executor_.ChangeBacklog(kind, absl::Nanoseconds(progress.backlog));
      queue_.Add(request);
      jobs = JobsWanted(kind);
    }
  }
  // From here on the request may be finished already.
  if (!stopped) return SubmitJobs(kind, jobs);
  Finish({&request, ShuttingDown(), request.rows()});
}

void RowBatcher::Finish(const Finished& finished) const {
  RowRequest& request = *finished.request;
  if (executor_.observer() != nullptr && finished.dropped > 0) {
    executor_.observer()->OnQueuedRows(request.kernel().servable().identity, -finished.dropped);
  }
  request.Finish(finished.status);
}

void RowBatcher::Drop(RowRequest& request) {
  if (!request.progress_.queued) return;
  const Index left = request.rows() - request.progress_.taken;
  LeaveBacklog(request, left, left);
  request.progress_.dropped = left;
  queue_.Remove(request);
}

void RowBatcher::Stop() {
  std::vector<Finished> finished;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    while (RowRequest* const request = queue_.Any()) {
      auto& progress = request->progress_;
      progress.status.Update(ShuttingDown());
      Drop(*request);
      if (progress.done == progress.taken) {
        finished.push_back({request, progress.status, progress.dropped});
      }
    }
  }
  for (const Finished& request : finished) Finish(request);
}

int RowBatcher::JobsWanted(Job::Kind kind) {
  return pumps_[Slot(kind)].Wanted(queue_.Tiles(kind, executor_.threads()));
}

void RowBatcher::SubmitJobs(Job::Kind kind, int count) {
  for (int i = 0; i < count; ++i) {
    Job job;
    job.kind = kind;
    job.in_backlog = true;
    job.run = [this, kind](Workspace& workspace, YieldPoint yield) {
      return RunNext(kind, workspace, yield);
    };
    job.abandon = [this, kind](const absl::Status&) {
      {
        MutexLock lock(mutex_);
        pumps_[Slot(kind)].Abandon();
      }
      Stop();
    };
    executor_.Submit(std::move(job));
  }
}

void RowBatcher::LeaveBacklog(RowRequest& request, Index rows, Index of) {
  auto& progress = request.progress_;
  const std::int64_t share = progress.backlog * rows / of;
  progress.backlog -= share;
  executor_.ChangeBacklog(request.kernel().kind(), absl::Nanoseconds(-share));
}

RowBatcher::RowTilePointer RowBatcher::TakeTile(Job::Kind kind) {
  RowTilePointer tile;
  if (idle_tiles_.empty()) {
    tile = std::make_unique<RowTile>();
  } else {
    tile = std::move(idle_tiles_.back());
    idle_tiles_.pop_back();
  }
  queue_.TakeTile(kind, tile->ranges());
  for (const RowRange& range : tile->ranges()) {
    LeaveBacklog(*range.request, range.count, range.request->rows() - range.first);
  }
  return tile;
}

Job::Slice RowBatcher::RunNext(Job::Kind kind, Workspace& workspace, YieldPoint yield) {
  RowTilePointer tile;
  int jobs = 0;
  {
    MutexLock lock(mutex_);
    pumps_[Slot(kind)].Begin();
    tile = TakeTile(kind);
    jobs = JobsWanted(kind);
  }
  SubmitJobs(kind, jobs);
  if (!tile->ranges().empty()) {
    const SliceTimer timer(executor_.clock(), workspace);
    ReportTaken(*tile, timer.start());
    tile->Run(workspace, yield);
    const absl::Duration took = timer.Took();
    ReportDone(*tile, took);
    Return(*tile, kind, took);
  }
  MutexLock lock(mutex_);
  idle_tiles_.push_back(std::move(tile));
  return pumps_[Slot(kind)].End(queue_.Tiles(kind, 1) > 0);
}

void RowBatcher::ReportTaken(const RowTile& tile, absl::Time now) const {
  ServingObserver* const observer = executor_.observer();
  if (observer == nullptr) return;
  for (const RowRange& range : tile.ranges()) {
    const RowKernel& kernel = range.request->kernel();
    observer->OnQueuedRows(kernel.servable().identity, -range.count);
    // Its other fields are another thread's by now, but this one is not written any more.
    if (range.first == 0) {
      observer->OnJobStarted(Name(kernel.key().operation), now - range.request->progress_.added);
    }
  }
}

void RowBatcher::ReportDone(const RowTile& tile, absl::Duration took) const {
  ServingObserver* const observer = executor_.observer();
  if (observer == nullptr || tile.rows() == 0) return;
  const RowKernel& kernel = tile.ranges().front().request->kernel();
  const char* const operation = Name(kernel.key().operation);
  observer->OnJobSlice(operation, took);
  observer->OnRowTile(kernel.servable().identity, operation, tile.rows(),
                      static_cast<std::int64_t>(tile.ranges().size()));
  if (tile.tangent_fallbacks() > 0) {
    observer->OnTangentFallbacks(kernel.servable().identity, tile.tangent_fallbacks());
  }
}

void RowBatcher::Return(RowTile& tile, Job::Kind kind, absl::Duration took) {
  std::vector<Finished> finished;
  finished.reserve(tile.ranges().size());
  {
    MutexLock lock(mutex_);
    if (tile.rows() > 0) {
      constexpr double kNewest = 0.1;
      const double operations =
          static_cast<double>(tile.rows()) * tile.ranges().front().request->kernel().row_cost();
      double& mean = nanoseconds_[Slot(kind)];
      mean += kNewest * (absl::ToDoubleNanoseconds(took) / operations - mean);
    }
    for (std::size_t i = 0; i < tile.ranges().size(); ++i) {
      RowRequest& request = *tile.ranges()[i].request;
      auto& progress = request.progress_;
      progress.done += tile.ranges()[i].count;
      progress.status.Update(tile.status(i));
      if (!progress.status.ok()) Drop(request);
      const bool complete =
          progress.status.ok() ? progress.done == request.rows() : progress.done == progress.taken;
      if (complete) finished.push_back({&request, progress.status, progress.dropped});
    }
  }
  for (const Finished& request : finished) Finish(request);
}

}  // namespace cae
