#include "benchmarks/load/sample_load.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "cae/v1/cae_service.grpc.pb.h"

namespace cae::benchmarks {
namespace {

using Clock = std::chrono::steady_clock;
constexpr double kLongestStart = 60;  ///< seconds until all streams of a stall must have begun

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One stream; at most one operation of it is in the queue at any time.
struct Stream {
  grpc::ClientContext context;
  v1::SampleResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncReader<v1::SampleResponse>> reader;
  Clock::time_point started;
  bool begun = false;      ///< StartCall has come back
  bool idle = false;       ///< stalled: no operation in the queue
  bool finishing = false;  ///< Finish has been asked for
  std::int64_t messages = 0;
  std::int64_t window_messages = 0;
  std::int64_t window_draws = 0;  ///< without those of the window's first message
  Clock::time_point first, last;  ///< messages in the window
};

class Run {
 public:
  explicit Run(const SampleLoad& load) : load_(load) {
    const auto deadline = std::chrono::system_clock::now() + std::chrono::minutes(10);
    for (int i = 0; i < load.streams; ++i) {
      const auto& channel = load.channels[static_cast<std::size_t>(i) % load.channels.size()];
      auto stream = std::make_unique<Stream>();
      stream->context.set_deadline(deadline);
      stream->started = Clock::now();
      v1::SampleRequest request = load.request;
      request.set_seed(request.seed() + static_cast<std::uint64_t>(i));
      stream->reader =
          v1::CaeService::NewStub(channel)->PrepareAsyncSample(&stream->context, request, &queue_);
      stream->reader->StartCall(stream.get());
      streams_.push_back(std::move(stream));
    }
    live_ = load.streams;
  }

  SampleReport Execute(const std::function<void()>& on_window) {
    const auto start = Clock::now();
    while (live_ > 0 && !WarmedUp(SecondsSince(start))) Turn();
    in_window_ = true;
    on_window();
    const auto window = Clock::now();
    while (live_ > 0 && SecondsSince(window) < load_.seconds) Turn();
    in_window_ = false;
    report_.seconds = SecondsSince(window);
    Cancel();
    while (live_ > 0) Turn();
    queue_.Shutdown();
    AddRates();
    return report_;
  }

 private:
  bool WarmedUp(double seconds) const {
    if (!load_.stall) return seconds >= load_.warm_up_seconds;
    const auto idle = [](const auto& stream) { return stream->idle; };
    return seconds >= kLongestStart || std::all_of(streams_.begin(), streams_.end(), idle);
  }

  // Handles what the queue brings within a few milliseconds.
  void Turn() {
    void* tag = nullptr;
    bool ok = false;
    const auto until = std::chrono::system_clock::now() + std::chrono::milliseconds(5);
    if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) return;
    Stream& stream = *static_cast<Stream*>(tag);
    if (stream.finishing) {
      End(stream);
    } else if (!ok) {
      stream.finishing = true;
      stream.reader->Finish(&stream.status, &stream);
    } else {
      if (stream.begun) Note(stream);
      stream.begun = true;
      stream.idle = load_.stall && stream.messages > 0 && !cancelled_;
      if (!stream.idle) stream.reader->Read(&stream.response, &stream);
    }
  }

  void Note(Stream& stream) {
    const auto now = Clock::now();
    if (stream.messages++ == 0) {
      report_.first_message.Add(
          std::chrono::duration_cast<std::chrono::nanoseconds>(now - stream.started).count());
    }
    if (!in_window_ || !stream.response.has_samples()) return;
    const v1::Tensor& samples = stream.response.samples();
    if (stream.window_messages++ == 0) {
      stream.first = now;
    } else if (samples.shape_size() > 0) {
      stream.window_draws += samples.shape(0);
    }
    stream.last = now;
    ++report_.messages;
    report_.bytes += static_cast<std::int64_t>(samples.data().size());
  }

  void End(const Stream& stream) {
    --live_;
    if (cancelled_ && stream.status.error_code() == grpc::StatusCode::CANCELLED) return;
    ++report_.errors;
    if (report_.first_error.empty()) {
      report_.first_error = absl::StrCat("code ", static_cast<int>(stream.status.error_code()),
                                         ": ", stream.status.error_message());
    }
  }

  void Cancel() {
    cancelled_ = true;
    for (const auto& stream : streams_) {
      stream->context.TryCancel();
      if (!stream->idle) continue;
      stream->idle = false;
      stream->reader->Read(&stream->response, stream.get());
    }
  }

  void AddRates() {
    for (const auto& stream : streams_) {
      const double seconds = std::chrono::duration<double>(stream->last - stream->first).count();
      if (stream->window_messages < 2 || seconds <= 0) continue;
      report_.draws_per_second += static_cast<double>(stream->window_draws) / seconds;
      ++report_.streams_measured;
    }
  }

  const SampleLoad& load_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<Stream>> streams_;
  int live_ = 0;
  bool in_window_ = false;
  bool cancelled_ = false;
  SampleReport report_;
};

}  // namespace

SampleReport RunSampleLoad(const SampleLoad& load, const std::function<void()>& on_window) {
  return Run(load).Execute(on_window);
}

nlohmann::json ToJson(const SampleReport& report, const SampleLoad& load,
                      double processor_seconds) {
  const double thinning = static_cast<double>(std::max<std::int64_t>(1, load.request.thinning()));
  const double chains = std::max(1, load.request.chains());
  nlohmann::json json = {
      {"seconds", report.seconds},
      {"streams", load.streams},
      {"streams_measured", report.streams_measured},
      {"chain_steps_per_second", report.draws_per_second * thinning * chains},
      {"draws_per_second", report.draws_per_second * chains},
      {"messages", report.messages},
      {"bytes_per_second", report.seconds > 0 ? report.bytes / report.seconds : 0.0},
      {"first_message_ms",
       {{"p50", report.first_message.Percentile(0.5) / 1e6},
        {"max", static_cast<double>(report.first_message.max()) / 1e6}}},
      {"errors", report.errors},
      {"driver_processor_seconds", processor_seconds}};
  if (!report.first_error.empty()) json["first_error"] = report.first_error;
  return json;
}

}  // namespace cae::benchmarks
