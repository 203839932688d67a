// FakeRetryEnvironment: time that moves only when somebody sleeps, and chance by hand.
#ifndef CAE_TESTS_CLIENT_FAKE_RETRY_ENVIRONMENT_H_
#define CAE_TESTS_CLIENT_FAKE_RETRY_ENVIRONMENT_H_

#include <vector>

#include "client/retry_environment.h"

namespace cae::testing {

/// For one thread.
class FakeRetryEnvironment final : public RetryEnvironment {
 public:
  absl::Time Now() override { return now; }
  void Sleep(absl::Duration duration) override {
    sleeps.push_back(duration);
    now += duration;
  }
  double Uniform() override { return uniform; }

  absl::Time now = absl::FromUnixSeconds(1'000'000);
  double uniform = 0.5;
  std::vector<absl::Duration> sleeps;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CLIENT_FAKE_RETRY_ENVIRONMENT_H_
