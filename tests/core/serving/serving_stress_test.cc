// What runs on many threads at once, driven from plain threads so that ThreadSanitizer sees all of
// it. Without the sanitizer it still checks that nothing is lost.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/serving/budget.h"
#include "core/serving/executor.h"
#include "core/serving/in_flight.h"
#include "core/serving/registry.h"

namespace cae {
namespace {

constexpr int kThreads = 4;

/// Runs work(thread) on some threads and waits for them.
template <typename Work>
void OnThreads(int count, const Work& work) {
  std::vector<std::thread> threads;
  for (int t = 0; t < count; ++t) threads.emplace_back([&work, t] { work(t); });
  for (std::thread& thread : threads) thread.join();
}

class CountingObserver final : public ServingObserver {
 public:
  void OnJobStarted(const std::string&, absl::Duration) override { ++started; }
  void OnJobSlice(const std::string&, absl::Duration) override { ++slices; }
  std::atomic<int> started = 0;
  std::atomic<int> slices = 0;
};

/// Requests as a server sees them: each enters, reserves, submits, and ends exactly once, while the
/// server is drained in the middle of it.
TEST(ServingStressTest, EveryRequestEndsOnceAlthoughTheServerStopsInBetween) {
  constexpr int kRequests = 400;
  for (int round = 0; round < 5; ++round) {
    CountingObserver observer;
    InFlight in_flight;
    Budget budget(64);
    Executor::Options options;
    options.threads = 3;
    options.nice_increment = 0;
    options.observer = &observer;
    Executor executor(options);
    std::atomic<int> done = 0;
    std::atomic<int> abandoned = 0;
    std::atomic<int> refused = 0;
    const auto request = [&](int i) {
      auto token = in_flight.Enter();
      if (!token.has_value()) return (void)++refused;
      auto reservation = budget.Reserve(1 + i % 8);
      if (!reservation.has_value()) return (void)++refused;
      struct Call {
        InFlight::Token token;
        Budget::Reservation reservation;
        int slices_left = 1;
      };
      auto call = std::make_shared<Call>();
      call->token = *std::move(token);
      call->reservation = *std::move(reservation);
      call->slices_left = 1 + i % 3;
      Job job;
      job.operation = "work";
      job.kind = i % 3 == 0 ? Job::Kind::kStream : Job::Kind::kUnary;
      job.run = [call, &done](Workspace&, YieldPoint) {
        if (--call->slices_left > 0) return Job::Slice::kMore;
        ++done;
        return Job::Slice::kDone;
      };
      job.abandon = [call, &abandoned](const absl::Status&) { ++abandoned; };
      executor.Submit(std::move(job));
    };
    std::atomic<int> begun = 0;
    std::thread drain([&] {
      while (begun < kRequests) std::this_thread::yield();
      if (round % 2 == 0) in_flight.Close();
      executor.Stop();
    });
    OnThreads(kThreads, [&](int t) {
      for (int i = 0; i < kRequests; ++i) {
        ++begun;
        request(i + t);
        (void)executor.EstimatedWait();
      }
    });
    drain.join();
    EXPECT_TRUE(in_flight.WaitUntilEmpty(std::chrono::seconds(30)));
    EXPECT_EQ(done + abandoned + refused, kThreads * kRequests);
    EXPECT_GE(observer.started, done);
    EXPECT_GE(observer.slices, observer.started);
    EXPECT_EQ(budget.used(), 0);
  }
}

ServableHandle MakeServable(std::int64_t version) {
  auto servable = std::make_shared<Servable>();
  servable->identity = {"m", version, absl::StrCat("digest ", version), "fingerprint"};
  return servable;
}

TEST(ServingStressTest, ReadersOfTheRegistrySeeWholeVersionsWhileWritersReload) {
  Registry registry;
  registry.SetReady(MakeServable(1));
  std::atomic<int> writers = 2;
  std::atomic<int> broken = 0;
  OnThreads(kThreads, [&](int t) {
    if (t < 2) {
      for (int i = 0; i < 300; ++i) {
        const std::int64_t version = 2 + (2 * i + t) % 6;
        registry.SetLoading("m", version);
        registry.SetReady(MakeServable(version));
        if (!registry.SetLabel("m", "stable", version).ok()) ++broken;
        if (i % 5 == 0) registry.SetUnloaded("m", version);
        if (i % 7 == 0) registry.SetFailed("m", version, absl::DataLossError("broken"));
      }
      --writers;
      return;
    }
    while (writers > 0) {
      const auto latest = registry.Find({"m", {}, {}});
      // Version 1 stays ready, so that there always is one.
      if (!latest.ok()) {
        ++broken;
        continue;
      }
      const ServableIdentity& identity = (*latest)->identity;
      if (identity.digest != absl::StrCat("digest ", identity.version)) ++broken;
      for (const VersionStatus& status : registry.List()) {
        if ((status.state == VersionState::kReady) != (status.servable != nullptr)) ++broken;
      }
      (void)registry.Find({"m", {}, "stable"});
    }
  });
  EXPECT_EQ(broken, 0);
}

}  // namespace
}  // namespace cae
