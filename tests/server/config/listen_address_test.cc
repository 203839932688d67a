#include "server/config/listen_address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

TEST(ListenAddressTest, ComesBackAsItWasWritten) {
  for (const char* text : {"127.0.0.1:50051", "0.0.0.0:0", "localhost:65535", "[::1]:80",
                           "[fe80::1%eth0]:1", "my-host.example:9464"}) {
    const auto address = ListenAddress::Parse(text);
    ASSERT_THAT(address, testing::IsOk());
    EXPECT_EQ(address->ToString(), text);
  }
}

TEST(ListenAddressTest, SaysWhatIsWrongAndHowItIsWritten) {
  for (const char* text :
       {"", "x", "50051", ":50051", "[]:1", "::1:80", "h:", "h:-1", "h:+1", "h:65536", "h:1x",
        "h: 1", "a b:1", "unix:/tmp/x", "http://h:1", "h:99999999999999999999"}) {
    EXPECT_THAT(ListenAddress::Parse(text),
                testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                  ::testing::AllOf(::testing::HasSubstr(text),
                                                   ::testing::HasSubstr("host:port"))))
        << text;
  }
}

TEST(ListenAddressTest, KnowsWhatOtherMachinesCannotReach) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"}) {
    EXPECT_TRUE(ListenAddress::Parse(text)->is_loopback()) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "host:1"}) {
    EXPECT_FALSE(ListenAddress::Parse(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace cae
