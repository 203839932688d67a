#include "client/retry_environment.h"

#include <chrono>
#include <random>
#include <thread>

#include "core/base/clock.h"

namespace cae {
namespace {

class SystemEnvironment final : public RetryEnvironment {
 public:
  absl::Time Now() override { return Clock::System().Now(); }

  void Sleep(absl::Duration duration) override {
    std::this_thread::sleep_for(absl::ToChronoNanoseconds(duration));
  }

  double Uniform() override {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>()(generator);
  }
};

}  // namespace

std::shared_ptr<RetryEnvironment> RetryEnvironment::System() {
  return std::make_shared<SystemEnvironment>();
}

}  // namespace cae
