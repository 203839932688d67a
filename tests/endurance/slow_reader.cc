// One reader that takes a message a second beside 63 fast ones, which must not notice it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/endurance/endurance.h"

namespace cae::testing {
namespace {

constexpr int kFast = 63;
constexpr int kTurns = 3;

using SteadyClock = std::chrono::steady_clock;

/// The 99th percentile of the times between messages of 63 streams, in milliseconds.
double FastGaps(const EnduranceOptions& options, const EnduranceServer& server) {
  std::vector<std::vector<double>> gaps(kFast);
  std::vector<std::thread> readers;
  const auto end = SteadyClock::now() + std::chrono::seconds(options.quick ? 1 : 15);
  for (int i = 0; i < kFast; ++i) {
    readers.emplace_back([&, i] {
      const auto stub = server.NewStub();
      v1::SampleRequest request = EndlessRequest(options, static_cast<std::uint64_t>(i));
      request.set_draws_per_message(4);
      grpc::ClientContext context;
      const auto reader = stub->Sample(&context, request);
      v1::SampleResponse message;
      reader->Read(&message);
      auto last = SteadyClock::now();
      while (last < end && reader->Read(&message)) {
        const auto now = SteadyClock::now();
        gaps[static_cast<std::size_t>(i)].push_back(
            std::chrono::duration<double, std::milli>(now - last).count());
        last = now;
      }
      context.TryCancel();
      reader->Finish();
    });
  }
  for (std::thread& reader : readers) reader.join();
  std::vector<double> all;
  for (const auto& one : gaps) all.insert(all.end(), one.begin(), one.end());
  if (all.empty()) return 0;
  const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() * 99 / 100);
  std::nth_element(all.begin(), at, all.end());
  return *at;
}

/// Reads a message a second of a stream of many chains, until it goes.
class SlowReader {
 public:
  SlowReader(const EnduranceOptions& options, const EnduranceServer& server)
      : stub_(server.NewStub()) {
    v1::SampleRequest request = EndlessRequest(options, 1000);
    request.set_chains(16);
    reader_ = stub_->Sample(&context_, request);
    thread_ = std::thread([this] {
      v1::SampleResponse message;
      while (reader_->Read(&message)) {
        for (int i = 0; i < 20 && !stopping_; ++i) {
          std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
      }
    });
  }
  ~SlowReader() {
    stopping_ = true;
    context_.TryCancel();
    thread_.join();
    reader_->Finish();
  }

 private:
  std::unique_ptr<v1::CaeService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::SampleResponse>> reader_;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

void TestSlowReader(const EnduranceOptions& options, EnduranceTable& table) {
  const EnduranceServer server(options, 0);
  FastGaps(options, server);  // warm
  std::vector<double> without, with;
  const double before = server.resident_bytes();
  double most = before;
  for (int turn = 0; turn < kTurns; ++turn) {
    without.push_back(FastGaps(options, server));
    const SlowReader slow(options, server);
    with.push_back(FastGaps(options, server));
    most = std::max(most, server.resident_bytes());
  }
  // What one and the same load differs by from turn to turn, and a tenth.
  const auto [least, largest] = std::minmax_element(without.begin(), without.end());
  const double bound = Median(without) * 1.1 + (*largest - *least);
  table.Add("p99 between messages of 63 fast readers, beside a slow one",
            absl::StrFormat("%.2f ms", Median(with)),
            absl::StrFormat("<= %.2f ms (%.2f alone)", bound, Median(without)),
            Median(with) <= bound || options.quick);  // too few messages for a percentile
  const double grown = (most - before) / 1e6;
  table.Add("memory of the server meanwhile", absl::StrFormat("%+.1f MB", grown), "<= +8 MB",
            grown <= 8);
}

}  // namespace cae::testing
