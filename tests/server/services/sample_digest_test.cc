// Sample: one seed, one digest of the draws, whatever else the server does.
#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <thread>

#include "core/io/sha256.h"
#include "tests/server/services/cae_service_fixture.h"

namespace cae::testing {
namespace {

constexpr int kChains = 4;
constexpr int kDraws = 60;

v1::SampleRequest Request() {
  v1::SampleRequest request;
  request.mutable_model()->set_name("two");
  request.set_seed(20);
  request.set_chains(kChains);
  request.set_draws(kDraws);
  request.set_thinning(2);
  request.set_noise_stddev(0.5);
  return request;
}

/// A server with so many compute threads, as another machine would be.
class ServerWithThreads : public CaeServiceFixture {
 public:
  explicit ServerWithThreads(int threads) : CaeServiceFixture({.threads = threads}) {}
  ~ServerWithThreads() override { StopServing(); }
  v1::CaeService::Stub& stub() { return *stub_; }
  static std::unique_ptr<grpc::ClientContext> Call() { return ClientCall(); }
  std::int64_t chains_used() const { return chains_.used(); }

 private:
  void TestBody() override {}
};

std::string Samples(ServerWithThreads& server, const v1::SampleRequest& request) {
  const SampleRun run = ReadAll(server.stub(), *ServerWithThreads::Call(), request);
  EXPECT_TRUE(run.status.ok()) << run.status.error_message();
  return run.samples;
}

std::string Digest(ServerWithThreads& server) { return Sha256Hex(Samples(server, Request())); }

const std::string& ExpectedDigest() {
  static const auto* const digest = [] {
    ServerWithThreads server(1);
    return new std::string(Digest(server));
  }();
  return *digest;
}

/// Streams of every kind and unary calls, one after another on threads of its own, until it goes.
class MixedLoad {
 public:
  explicit MixedLoad(ServerWithThreads& server) : server_(server) {
    for (int i = 0; i < 6; ++i) threads_.emplace_back([this, i] { Stream(i); });
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { Encode(); });
  }
  ~MixedLoad() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  void Stream(int number) {
    v1::SampleRequest request;
    request.mutable_model()->set_name(number % 2 == 0 ? "two" : "one");
    request.set_seed(static_cast<std::uint64_t>(number));
    request.set_chains(1 + 9 * number);
    request.set_draws(7);
    request.set_rank(number % 3);
    request.set_process(number % 4 == 0 ? v1::SAMPLE_PROCESS_TOP_LAYER
                                        : v1::SAMPLE_PROCESS_COMPOSED);
    while (!stopping_) {
      EXPECT_TRUE(ReadAll(server_.stub(), *ServerWithThreads::Call(), request).status.ok());
    }
  }
  void Encode() {
    v1::EncodeRequest request;
    request.mutable_model()->set_name("two");
    *request.mutable_inputs() = CaeServiceFixture::ToTensor(CaeServiceFixture::Inputs(3));
    v1::EncodeResponse response;
    while (!stopping_) {
      EXPECT_TRUE(server_.stub().Encode(ServerWithThreads::Call().get(), request, &response).ok());
    }
  }

  ServerWithThreads& server_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

TEST(SampleDigestTest, IsTheSameForAnyNumberOfThreadsAndAfterARestart) {
  for (const int threads : {1, 2, 5}) {
    ServerWithThreads server(threads);
    EXPECT_EQ(Digest(server), ExpectedDigest()) << threads << " threads";
  }
}

TEST(SampleDigestTest, IsTheSameBesideMixedStreamsAndUnaryCalls) {
  ServerWithThreads server(3);
  const MixedLoad load(server);
  for (int round = 0; round < 4; ++round) EXPECT_EQ(Digest(server), ExpectedDigest());
}

TEST(SampleDigestTest, IsTheSameWhenTheJobIsShardedByFirstChain) {
  ServerWithThreads server(2);
  constexpr std::size_t kRow = kInputUnits * sizeof(float);
  v1::SampleRequest request = Request();
  request.set_chains(1);
  std::vector<std::string> shards;
  for (int chain = 0; chain < kChains; ++chain) {
    request.set_first_chain(chain);
    shards.push_back(Samples(server, request));
    ASSERT_EQ(shards.back().size(), kDraws * kRow);
  }
  std::string merged;
  for (int draw = 0; draw < kDraws; ++draw) {
    for (const std::string& shard : shards) merged += shard.substr(draw * kRow, kRow);
  }
  EXPECT_EQ(Sha256Hex(merged), ExpectedDigest());
}

TEST(SampleDigestTest, IsTheSameAfterCancellationsAtRandomDrawsResumedOnOtherServers) {
  std::mt19937 random(5);
  v1::SampleState state;
  std::string samples;
  for (std::int64_t done = 0; done < kDraws;) {
    ServerWithThreads server(1 + static_cast<int>(random() % 3));
    v1::SampleRequest request = Request();
    request.set_draws(kDraws - done);
    request.set_draws_per_message(1);
    request.set_state_interval(1 + random() % 3);
    if (done > 0) *request.mutable_resume_from() = state;
    const auto call = ServerWithThreads::Call();
    const auto reader = server.stub().Sample(call.get(), request);
    // What was read after the last state is not kept, as a client does not.
    std::string since_state;
    v1::SampleResponse message;
    for (auto left = static_cast<int>(4 + random() % 15); left > 0 && reader->Read(&message);
         --left) {
      since_state += message.samples().data();
      if (!message.has_state()) continue;
      samples += since_state;
      since_state.clear();
      state = message.state();
      done = state.draws_done();
    }
    call->TryCancel();
    while (reader->Read(&message)) continue;
    reader->Finish().ok();
  }
  EXPECT_EQ(Sha256Hex(samples), ExpectedDigest());
}

TEST(SampleDigestTest, IsTheSameHoweverSlowlyTheClientReads) {
  ServerWithThreads server(2);
  const MixedLoad load(server);
  v1::SampleRequest request = Request();
  request.set_draws_per_message(3);
  const auto call = ServerWithThreads::Call();
  const auto reader = server.stub().Sample(call.get(), request);
  std::string samples;
  v1::SampleResponse message;
  while (reader->Read(&message)) {
    samples += message.samples().data();
    // Meanwhile the stream is parked.
    EXPECT_EQ(Digest(server), ExpectedDigest());
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(Sha256Hex(samples), ExpectedDigest());
}

}  // namespace
}  // namespace cae::testing
