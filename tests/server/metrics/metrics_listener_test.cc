#include "server/metrics/metrics_listener.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using ::testing::MatchesRegex;
using testing::StatusIs;

TEST(MetricsListenerTest, TellsThePortThatItGot) {
  const auto listener = MetricsListener::Start("127.0.0.1:0");
  ASSERT_THAT(listener, IsOk());
  EXPECT_THAT((*listener)->address(), MatchesRegex("127.0.0.1:[1-9][0-9]*"));
}

TEST(MetricsListenerTest, TakesLocalhostAndIpv6) {
  EXPECT_THAT(MetricsListener::Start("localhost:0"), IsOk());
  const auto listener = MetricsListener::Start("[::1]:0");
  if (listener.ok()) {  // a machine may have no IPv6
    EXPECT_THAT((*listener)->address(), MatchesRegex("\\[::1\\]:[1-9][0-9]*"));
  }
}

TEST(MetricsListenerTest, SaysWhatToDoWhereThePortIsTaken) {
  const auto first = MetricsListener::Start("127.0.0.1:0");
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(MetricsListener::Start((*first)->address()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("--metrics-listen")));
}

TEST(MetricsListenerTest, EndsWithoutDelay) {
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 5; ++i) EXPECT_THAT(MetricsListener::Start("127.0.0.1:0"), IsOk());
  // The HTTP server by itself takes two seconds each time.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace cae
