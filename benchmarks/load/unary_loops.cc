#include "benchmarks/load/unary_loops.h"

#include <sys/prctl.h>

#include <thread>

#include "benchmarks/load/unary_calls.h"

namespace cae::benchmarks {
namespace {

constexpr std::chrono::seconds kCallTimeout{30};
constexpr std::int64_t kMostInFlight = 10000;

LoadReport NewReport(const UnaryLoad& load) {
  LoadReport report;
  report.seconds = load.seconds;
  report.request_bytes = static_cast<std::int64_t>(load.request.Length());
  return report;
}

// Every answer is followed by the next call, until the window ends.
LoadReport CloseTheLoop(const UnaryLoad& load, const Window& window, int in_flight) {
  LoadReport report = NewReport(load);
  UnaryCalls calls(load.channels, load.method, load.request, kCallTimeout);
  for (int i = 0; i < in_flight; ++i) calls.Send(LoadClock::now());
  while (calls.Receive(window, report)) {
    const auto now = LoadClock::now();
    if (now < window.end && report.errors == 0) {
      calls.Send(now);
    } else if (calls.in_flight() == 0) {
      calls.Close();
    }
  }
  report.lateness = LatencyHistogram();  // nothing is ever late here
  return report;
}

}  // namespace

LoadReport RunClosedLoop(const UnaryLoad& load, int in_flight, int threads) {
  const Window window = Window::After(load.warm_up_seconds, load.seconds);
  std::vector<LoadReport> reports(static_cast<std::size_t>(threads));
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    const int share = in_flight / threads + (i < in_flight % threads ? 1 : 0);
    if (share == 0) continue;
    running.emplace_back([&, i, share] {
      reports[static_cast<std::size_t>(i)] = CloseTheLoop(load, window, share);
    });
  }
  for (std::thread& thread : running) thread.join();
  LoadReport sum;
  for (const LoadReport& report : reports) sum.Merge(report);
  return sum;
}

LoadReport RunOpenLoop(const UnaryLoad& load, double calls_per_second) {
  const Window window = Window::After(load.warm_up_seconds, load.seconds);
  LoadReport report = NewReport(load);
  UnaryCalls calls(load.channels, load.method, load.request, kCallTimeout);
  std::thread receiver([&] {
    while (calls.Receive(window, report)) {
    }
  });
  // Sleeps end on time instead of up to 50 µs later.
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const auto begin = LoadClock::now();
  for (std::int64_t i = 0;; ++i) {
    const auto due = begin + std::chrono::duration_cast<LoadClock::duration>(
                                 std::chrono::duration<double>(i / calls_per_second));
    if (due >= window.end) break;
    std::this_thread::sleep_until(due);
    while (calls.in_flight() >= kMostInFlight) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    calls.Send(due);
  }
  calls.Close();
  receiver.join();
  return report;
}

}  // namespace cae::benchmarks
