#include "client/stub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "client/channel.h"
#include "client/retry_policy.h"
#include "core/base/check.h"
#include "core/io/file.h"
#include "proto/codec/status_codec.h"
#include "tests/client/fake_cae_server.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using testing::FakeCaeServer;
using testing::FakeTensor;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

std::unique_ptr<Stub> Connect(const std::string& address, const std::string& token = "") {
  const auto channel = MakeChannel({.server = address, .bearer_token = token});
  CAE_CHECK(channel.ok(), channel.status().ToString());
  return MakeStub(*channel, token);
}

/// Far enough that it never decides a test.
CallOptions Soon() { return {.deadline = absl::Now() + absl::Seconds(60)}; }

v1::EncodeRequest OneRow() {
  v1::EncodeRequest request;
  request.mutable_model()->set_name("fake");
  *request.mutable_inputs() = FakeTensor(Matrix::Constant(1, 4, 0.5f));
  return request;
}

TEST(StubTest, BringsTheAnswer) {
  FakeCaeServer server;
  const auto response = Connect(server.address())->Encode(Soon(), OneRow());
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->model().name(), "fake");
}

TEST(StubTest, ReachesUnixSockets) {
  const testing::TemporaryFolder folder;
  const std::string address = "unix:" + folder.File("stub.sock");
  FakeCaeServer server(address);
  EXPECT_THAT(Connect(address)->Encode(Soon(), OneRow()), IsOk());
}

TEST(StubTest, KeepsDetailsAndPushbackOfRefusals) {
  FakeCaeServer server;
  const absl::Status refusal = WithErrorInfo(absl::ResourceExhaustedError("full"), "QUEUE_FULL");
  server.RefuseNext({{refusal, "125"}});
  const auto response = Connect(server.address())->Encode(Soon(), OneRow());
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kResourceExhausted, "full"));
  EXPECT_EQ(GetErrorInfo(response.status())->reason(), "QUEUE_FULL");
  EXPECT_EQ(GetRetryAdvice(response.status()).delay, absl::Milliseconds(125));
}

TEST(StubTest, EndsAtItsDeadlineWhenTheServerIsSilent) {
  FakeCaeServer server;
  server.SetSilent();
  const CallOptions options{.deadline = absl::Now() + absl::Milliseconds(50)};
  EXPECT_THAT(Connect(server.address())->Encode(options, OneRow()),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST(StubTest, SaysUnavailableWhereNobodyListens) {
  EXPECT_THAT(Connect("127.0.0.1:1")->Encode(Soon(), OneRow()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(StubTest, SendsTheBearerToken) {
  FakeCaeServer server;
  EXPECT_THAT(Connect(server.address(), "s3cret")->Encode(Soon(), OneRow()), IsOk());
  EXPECT_EQ(server.authorization(), "Bearer s3cret");
}

TEST(StubTest, LeavesTheTokenOutWhereThereIsNone) {
  FakeCaeServer server;
  EXPECT_THAT(Connect(server.address())->Encode(Soon(), OneRow()), IsOk());
  EXPECT_EQ(server.authorization(), "");
}

TEST(StubTest, ReaderSaysTheSameAfterTheEnd) {
  FakeCaeServer server;
  server.BreakNextStreams({{1, absl::UnavailableError("draining")}});
  v1::SampleRequest request;
  request.set_draws(2);
  const std::unique_ptr<SampleReader> reader = Connect(server.address())->Sample(Soon(), request);
  ASSERT_TRUE(reader->Read()->has_value());  // the header
  ASSERT_TRUE(reader->Read()->has_value());  // a draw
  EXPECT_THAT(reader->Read(), StatusIs(absl::StatusCode::kUnavailable, "draining"));
  EXPECT_THAT(reader->Read(), StatusIs(absl::StatusCode::kUnavailable, "draining"));
}

TEST(StubTest, DestroyingAReaderCancelsItsStream) {
  FakeCaeServer server;
  {
    const auto stub = Connect(server.address());
    const std::unique_ptr<SampleReader> reader = stub->Sample({}, {});
    ASSERT_TRUE(reader->Read()->has_value());
  }
  server.AwaitCancelledStreams(1);
}

TEST(ChannelTest, KeepsTokensOffTheNetworkWithoutTls) {
  EXPECT_THAT(MakeChannel({.server = "example.org:50051", .bearer_token = "s3cret"}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("in the clear")));
}

TEST(ChannelTest, WantsCertificateAndKeyTogether) {
  EXPECT_THAT(
      MakeChannel({.tls = {.root_certificates = "ca.pem", .certificate = "c.pem"}}).status(),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("key")));
}

TEST(ChannelTest, WantsRootsBesideACertificate) {
  EXPECT_THAT(MakeChannel({.tls = {.certificate = "c.pem", .key = "k.pem"}}).status(),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("root certificates")));
}

TEST(ChannelTest, NamesACertificateFileThatIsNotThere) {
  EXPECT_THAT(MakeChannel({.tls = {.root_certificates = "no_such_file.pem"}}).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no_such_file.pem")));
}

TEST(ChannelTest, DoesNotSpeakInTheClearToAServerOnceRootsAreGiven) {
  FakeCaeServer server;
  const testing::TemporaryFolder folder;
  const std::string roots = folder.File("roots.pem");
  ASSERT_THAT(WriteFileAtomically(roots, "no certificate"), IsOk());
  const auto channel =
      MakeChannel({.server = server.address(), .tls = {.root_certificates = roots}});
  ASSERT_THAT(channel, IsOk());
  const CallOptions options{.deadline = absl::Now() + absl::Seconds(5)};
  EXPECT_FALSE(MakeStub(*channel, "")->Encode(options, OneRow()).ok());
  EXPECT_TRUE(server.encodes().empty());
}

}  // namespace
}  // namespace cae
