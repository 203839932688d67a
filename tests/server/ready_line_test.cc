#include "server/ready_line.h"

#include <gtest/gtest.h>

namespace cae {
namespace {

TEST(ReadyLineTest, IsTheLineThatTheProcessInterfacePromises) {
  EXPECT_EQ(ReadyLine("127.0.0.1:50051", "127.0.0.1:9464", {"mnist-cae1", "mnist-cae2"}),
            R"({"event":"ready","listen":"127.0.0.1:50051","metrics_listen":"127.0.0.1:9464",)"
            R"("models":["mnist-cae1","mnist-cae2"]})");
}

TEST(ReadyLineTest, LeavesOutAListenerThatIsNotThere) {
  EXPECT_EQ(ReadyLine("[::1]:1", "", {}), R"({"event":"ready","listen":"[::1]:1","models":[]})");
}

}  // namespace
}  // namespace cae
