#include "core/serving/chain_scheduler.h"

#include <algorithm>
#include <utility>

#include "core/serving/slice_timer.h"

namespace cae {
namespace {

/// The rpc, as metrics show it.
constexpr char kOperation[] = "Sample";

absl::Status ShuttingDown() { return absl::UnavailableError("the server is shutting down"); }

}  // namespace

ChainScheduler::ChainScheduler(Executor& executor)
    : executor_(executor), pump_(executor.threads()) {}

ChainScheduler::~ChainScheduler() { Stop(); }

std::shared_ptr<ChainStream> ChainScheduler::Prepare(ChainStreamSpec spec, DrawSink& sink) {
  return std::make_shared<ChainStream>(std::move(spec), sink, executor_.threads());
}

void ChainScheduler::Add(const StreamPointer& stream) {
  stream->added_ = executor_.clock().Now();
  stream->deadline_ = stream->sink_.InterruptedFrom();
  Callbacks callbacks;
  {
    MutexLock lock(mutex_);
    stream->phase_ = ChainStream::Phase::kRunning;
    streams_.emplace(stream.get(), stream);
    load_.Add(*stream);
    Show(stream, ChainState::kWaiting, callbacks);
    if (stopped_) {
      SetEnding(*stream, ShuttingDown());
      MarkEnded(stream, callbacks);
    } else {
      table_.Add(stream);
      deadlines_.Add(stream->deadline_, stream);
      MoveAlarm(callbacks);
      if (concluding_) ConcludeLocked(stream, callbacks);
      callbacks.jobs = JobsWanted();
    }
  }
  Call(callbacks);
}

void ChainScheduler::Show(const StreamPointer& stream, std::optional<ChainState> state,
                          Callbacks& callbacks) {
  if (stream->shown_ == state) return;
  callbacks.moves.push_back({stream, stream->shown_, state});
  stream->shown_ = state;
}

void ChainScheduler::SetEnding(ChainStream& stream, absl::Status status) {
  if (stream.ending_) return;
  stream.ending_ = true;
  stream.status_ = std::move(status);
  stream.progress_.Abort();
}

void ChainScheduler::MarkEnded(const StreamPointer& stream, Callbacks& callbacks) {
  if (stream->phase_ != ChainStream::Phase::kParked) load_.Remove(*stream);
  stream->phase_ = ChainStream::Phase::kEnded;
  Show(stream, std::nullopt, callbacks);
  callbacks.end.push_back(stream);
  deadlines_.Remove(stream->deadline_, stream);
  streams_.erase(stream.get());
}

void ChainScheduler::Park(const StreamPointer& stream, Callbacks& callbacks) {
  stream->phase_ = ChainStream::Phase::kParked;
  load_.Remove(*stream);
  Show(stream, ChainState::kParked, callbacks);
}

void ChainScheduler::LeaveParking(const StreamPointer& stream, Callbacks& callbacks) {
  stream->phase_ = ChainStream::Phase::kRunning;
  load_.Add(*stream);
  Show(stream, ChainState::kRunning, callbacks);
  if (!stream->ending_) stream->progress_.Continue();
  table_.Add(stream);
}

void ChainScheduler::Resume(ChainStream& stream) {
  Callbacks callbacks;
  {
    MutexLock lock(mutex_);
    const auto found = streams_.find(&stream);
    if (found == streams_.end()) return;
    if (stream.phase_ == ChainStream::Phase::kObserving) stream.resumed_ = true;
    if (stream.phase_ != ChainStream::Phase::kParked) return;
    LeaveParking(found->second, callbacks);
    callbacks.jobs = JobsWanted();
  }
  Call(callbacks);
}

void ChainScheduler::MoveAlarm(Callbacks& callbacks) {
  if (deadlines_.next() >= alarm_) return;
  alarm_ = callbacks.alarm = deadlines_.next();
}

void ChainScheduler::SetAlarm(absl::Time when) {
  Job job;
  job.kind = Job::Kind::kChains;
  job.in_backlog = true;
  job.run = [this](Workspace&, YieldPoint) {
    OnAlarm();
    return Job::Slice::kDone;
  };
  job.abandon = [](const absl::Status&) {};
  executor_.SetAlarm(this, when, std::move(job));
}

void ChainScheduler::OnAlarm() {
  Callbacks callbacks;
  {
    MutexLock lock(mutex_);
    const absl::Time now = executor_.clock().Now();
    while (const StreamPointer stream = deadlines_.TakePassed(now)) {
      // Others ask their sinks before their next step.
      if (stream->phase_ == ChainStream::Phase::kParked) LeaveParking(stream, callbacks);
    }
    alarm_ = absl::InfiniteFuture();
    MoveAlarm(callbacks);
    callbacks.jobs = JobsWanted();
  }
  Call(callbacks);
}

void ChainScheduler::ConcludeLocked(const StreamPointer& stream, Callbacks& callbacks) {
  ChainStream& s = *stream;
  if (s.concluding_) return;
  s.concluding_ = true;
  if (s.ending_ || s.phase_ == ChainStream::Phase::kObserving) return;
  if (s.phase_ == ChainStream::Phase::kParked) {
    SetEnding(s, absl::OkStatus());
    return LeaveParking(stream, callbacks);
  }
  s.progress_.Conclude();
  // All stand where they are to end; a compute thread will say so.
  if (s.progress_.at_barrier()) SetEnding(s, absl::OkStatus());
  if (s.ending_ || s.in_table_) table_.Add(stream);
}

void ChainScheduler::Conclude(ChainStream& stream) {
  Callbacks callbacks;
  {
    MutexLock lock(mutex_);
    const auto found = streams_.find(&stream);
    if (found == streams_.end()) return;
    ConcludeLocked(found->second, callbacks);
    callbacks.jobs = JobsWanted();
  }
  Call(callbacks);
}

void ChainScheduler::ConcludeAll() {
  Callbacks callbacks;
  {
    MutexLock lock(mutex_);
    concluding_ = true;
    for (const auto& [key, stream] : streams_) ConcludeLocked(stream, callbacks);
    callbacks.jobs = JobsWanted();
  }
  Call(callbacks);
}

void ChainScheduler::Stop() {
  Callbacks callbacks;
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    std::vector<StreamPointer> streams;
    for (const auto& [key, stream] : streams_) streams.push_back(stream);
    for (const StreamPointer& stream : streams) {
      SetEnding(*stream, ShuttingDown());
      // Else the thread that has it in hand does it.
      if (stream->phase_ != ChainStream::Phase::kObserving && stream->progress_.in_hand() == 0) {
        MarkEnded(stream, callbacks);
      }
    }
  }
  Call(callbacks);
}

int ChainScheduler::JobsWanted() { return pump_.Wanted(table_.tiles()); }

void ChainScheduler::SubmitJobs(int count) {
  for (int i = 0; i < count; ++i) {
    Job job;
    job.kind = Job::Kind::kChains;
    job.in_backlog = true;
    job.run = [this](Workspace& workspace, YieldPoint yield) { return RunNext(workspace, yield); };
    job.abandon = [this](const absl::Status&) {
      {
        MutexLock lock(mutex_);
        pump_.Abandon();
      }
      Stop();
    };
    executor_.Submit(std::move(job));
  }
}

ChainScheduler::TurnPointer ChainScheduler::TakeTurn() {
  if (idle_turns_.empty()) return std::make_unique<Turn>();
  TurnPointer turn = std::move(idle_turns_.back());
  idle_turns_.pop_back();
  return turn;
}

void ChainScheduler::TakeTile(Turn& turn) {
  const Index most =
      executor_.unary_is_likely() ? ChainTable::kSmallTileChains : ChainTable::kTileChains;
  // A thread's part of all chains, also of those in hand elsewhere: were it a part of those that
  // wait here and now, tiles once unequal would stay so, and few chains cost nearly as much as
  // many.
  const Index threads = executor_.threads();
  const Index share = (load_.chains() + threads - 1) / threads;
  auto& parts = turn.tile.parts();
  table_.TakeTile(std::min(most, std::max(share, ChainTable::kSmallestShare)), parts);
  for (const ChainPart& part : parts) {
    if (part.chains.count == 0) {
      Settle(part.stream, turn.callbacks);
    } else {
      Show(part.stream, ChainState::kRunning, turn.callbacks);
    }
  }
  // What was only to be ended.
  std::erase_if(parts, [](const ChainPart& part) { return part.chains.count == 0; });
}

Job::Slice ChainScheduler::RunNext(Workspace& workspace, YieldPoint yield) {
  TurnPointer turn;
  {
    MutexLock lock(mutex_);
    pump_.Begin();
    turn = TakeTurn();
    TakeTile(*turn);
    turn->callbacks.jobs = JobsWanted();
  }
  Call(turn->callbacks);
  ChainTile& tile = turn->tile;
  if (!tile.parts().empty()) {
    const SliceTimer timer(executor_.clock(), workspace);
    tile.Run(workspace, yield);
    const absl::Duration took = timer.Took();
    Report(tile, took);
    {
      MutexLock lock(mutex_);
      Return(tile, took, turn->callbacks);
      turn->callbacks.jobs = JobsWanted();
    }
    Call(turn->callbacks);
  }
  tile.parts().clear();
  MutexLock lock(mutex_);
  idle_turns_.push_back(std::move(turn));
  return pump_.End(table_.tiles() > 0);
}

void ChainScheduler::Report(ChainTile& tile, absl::Duration took) const {
  ServingObserver* const observer = executor_.observer();
  if (observer == nullptr || tile.chains() == 0) return;
  observer->OnJobSlice(kOperation, took);
  const ServableIdentity& model = tile.parts().front().stream->spec().servable->identity;
  observer->OnChainTile(model, tile.chains(), tile.streams());
  if (tile.wasted() > 0) observer->OnWastedSteps(model, tile.wasted());
  if (tile.tangent_fallbacks() > 0) observer->OnTangentFallbacks(model, tile.tangent_fallbacks());
}

void ChainScheduler::Report(const Callbacks& callbacks) const {
  ServingObserver* const observer = executor_.observer();
  if (observer == nullptr) return;
  for (const Move& move : callbacks.moves) {
    const ChainStream& stream = *move.stream;
    const ServableIdentity& model = stream.spec().servable->identity;
    if (move.from.has_value()) observer->OnChains(model, *move.from, -stream.chains());
    if (move.to.has_value()) observer->OnChains(model, *move.to, stream.chains());
    if (move.from == ChainState::kWaiting && move.to == ChainState::kRunning) {
      observer->OnJobStarted(kOperation, executor_.clock().Now() - stream.added_);
    }
  }
}

void ChainScheduler::Return(ChainTile& tile, absl::Duration took, Callbacks& callbacks) {
  for (ChainPart& part : tile.parts()) {
    ChainStream& stream = *part.stream;
    if (part.status.ok()) {
      stream.progress_.Stepped(part.piece);
    } else {
      stream.progress_.Drop();
      SetEnding(stream, part.status);
    }
    if (stream.ending_) stream.progress_.Abort();
  }
  // Once all its parts are back.
  const ChainStream* settled = nullptr;
  for (const ChainPart& part : tile.parts()) {
    if (part.stream.get() != settled) Settle(part.stream, callbacks);
    settled = part.stream.get();
  }
  if (tile.chains() == 0) return;
  load_.Measured(static_cast<double>(tile.chains()) * tile.parts().front().stream->step_cost(),
                 took);
}

void ChainScheduler::Settle(const StreamPointer& stream, Callbacks& callbacks) {
  ChainStream& s = *stream;
  // A stream may have parts of its own in several places of a tile.
  if (s.phase_ != ChainStream::Phase::kRunning) return;
  if (s.ending_) {
    if (s.progress_.in_hand() == 0) MarkEnded(stream, callbacks);
  } else if (!s.progress_.at_barrier()) {
    if (s.progress_.has_ready()) table_.Add(stream);
  } else if (s.progress_.MakesDraw(s.progress_.barrier())) {
    s.phase_ = ChainStream::Phase::kObserving;
    s.resumed_ = false;
    ++s.draws_done_;
    callbacks.observe.push_back(stream);
  } else {
    SetEnding(s, absl::OkStatus());
    MarkEnded(stream, callbacks);
  }
}

void ChainScheduler::AfterObserved(const StreamPointer& stream,
                                   const absl::StatusOr<AfterDraw>& after, Callbacks& callbacks) {
  ChainStream& s = *stream;
  s.phase_ = ChainStream::Phase::kRunning;
  if (!after.ok()) {
    SetEnding(s, after.status());
  } else if (*after == AfterDraw::kEnd || s.concluding_) {
    SetEnding(s, absl::OkStatus());
  }
  if (s.ending_) return MarkEnded(stream, callbacks);
  // After its deadline nothing would wake it.
  const bool may_park = !s.resumed_ && executor_.clock().Now() < s.deadline_;
  if (*after == AfterDraw::kPark && may_park) return Park(stream, callbacks);
  s.progress_.Continue();
  table_.Add(stream);
}

void ChainScheduler::Call(Callbacks& callbacks) {
  SubmitJobs(callbacks.jobs);
  if (callbacks.alarm != absl::InfiniteFuture()) SetAlarm(callbacks.alarm);
  for (const StreamPointer& stream : callbacks.observe) {
    const absl::StatusOr<AfterDraw> after = stream->sink_.DrawDone(StateOf(*stream));
    int jobs = 0;
    {
      MutexLock lock(mutex_);
      AfterObserved(stream, after, callbacks);
      jobs = JobsWanted();
    }
    SubmitJobs(jobs);
  }
  Report(callbacks);
  for (const StreamPointer& stream : callbacks.end) End(*stream);
  callbacks.moves.clear();
  callbacks.observe.clear();
  callbacks.end.clear();
  callbacks.jobs = 0;
  callbacks.alarm = absl::InfiniteFuture();
}

void ChainScheduler::End(ChainStream& stream) const {
  ServingObserver* const observer = executor_.observer();
  if (observer != nullptr && !stream.status_.ok()) {
    const absl::Duration latency = executor_.clock().Now() - stream.sink_.InterruptedFrom();
    if (latency >= absl::ZeroDuration()) {
      observer->OnStreamInterrupted(stream.spec().servable->identity, latency);
    }
  }
  ChainStreamState state = StateOf(stream);
  if (!stream.status_.ok()) {
    new (&state.states) ConstMatrixView(stream.states_.data(), 0, stream.states_.cols());
  }
  stream.sink_.Ended(stream.status_, state);
}

absl::Duration ChainScheduler::EstimatedFirstDraw(const ChainStreamSpec& spec, Index chains) const {
  const double own = static_cast<double>(chains) *
                     StepCost(*spec.servable, spec.parameters.process, spec.parameters.rank);
  const double steps =
      static_cast<double>(spec.burn_in) +
      static_cast<double>(spec.draws_done + 1) * static_cast<double>(spec.thinning) -
      static_cast<double>(spec.steps_done);
  MutexLock lock(mutex_);
  return absl::Nanoseconds(steps * load_.StepNanoseconds(own)) / executor_.threads();
}

}  // namespace cae
