#include "benchmarks/load/unary_calls.h"

#include <grpcpp/client_context.h>

#include "absl/strings/str_cat.h"

namespace cae::benchmarks {
namespace {

std::int64_t Nanoseconds(LoadClock::duration duration) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

}  // namespace

struct UnaryCalls::Call {
  LoadClock::time_point due;
  LoadClock::time_point sent;
  grpc::ClientContext context;
  grpc::ByteBuffer response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
};

Window Window::After(double warm_up_seconds, double seconds) {
  const auto duration = [](double value) {
    return std::chrono::duration_cast<LoadClock::duration>(std::chrono::duration<double>(value));
  };
  const auto start = LoadClock::now() + duration(warm_up_seconds);
  return {start, start + duration(seconds)};
}

UnaryCalls::UnaryCalls(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                       std::string method, grpc::ByteBuffer request, std::chrono::seconds timeout)
    : method_(std::move(method)), request_(std::move(request)), timeout_(timeout) {
  for (const auto& channel : channels) {
    stubs_.push_back(std::make_unique<grpc::GenericStub>(channel));
  }
}

void UnaryCalls::Send(LoadClock::time_point due) {
  auto* call = new Call;  // Receive() takes it back
  call->due = due;
  call->context.set_deadline(std::chrono::system_clock::now() + timeout_);
  in_flight_.fetch_add(1, std::memory_order_relaxed);
  grpc::GenericStub& stub = *stubs_[next_stub_++ % stubs_.size()];
  call->sent = LoadClock::now();
  call->reader = stub.PrepareUnaryCall(&call->context, method_, request_, &queue_);
  call->reader->StartCall();
  call->reader->Finish(&call->response, &call->status, call);
}

bool UnaryCalls::Receive(const Window& window, LoadReport& report) {
  void* tag = nullptr;
  bool ok = false;
  if (!queue_.Next(&tag, &ok)) return false;
  const auto now = LoadClock::now();
  const std::unique_ptr<Call> call(static_cast<Call*>(tag));
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  if (!call->status.ok()) {
    ++report.errors;
    if (report.first_error.empty()) {
      report.first_error = absl::StrCat("code ", static_cast<int>(call->status.error_code()), ": ",
                                        call->status.error_message());
    }
    return true;
  }
  report.response_bytes = static_cast<std::int64_t>(call->response.Length());
  if (call->due >= window.start && call->due < window.end) {
    report.latency.Add(Nanoseconds(now - call->due));
    report.lateness.Add(Nanoseconds(call->sent - call->due));
  }
  if (now >= window.start && now < window.end) ++report.calls;
  return true;
}

void UnaryCalls::Close() { queue_.Shutdown(); }

}  // namespace cae::benchmarks
