// One seed, one digest: whatever the server does beside it, and however the job is cut.
#include <atomic>
#include <random>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/sha256.h"
#include "tests/endurance/endurance.h"

namespace cae::testing {
namespace {

constexpr std::uint64_t kSeed = 2012;
constexpr int kChains = 16;

/// The draws of some chains, as one hash a chain over all of its draws: the same however the chains
/// are spread over streams. Each draw is chained into the hash of those before it.
class ChainHashes {
 public:
  explicit ChainHashes(int chains) : hashes_(static_cast<std::size_t>(chains)) {}

  /// `data` is [draws, chains, units].
  void Add(const std::string& data) {
    const std::size_t row = kUnits * sizeof(float);
    CAE_CHECK(data.size() % (row * hashes_.size()) == 0, "a message has parts of draws");
    for (std::size_t at = 0; at < data.size();) {
      for (std::string& hash : hashes_) {
        hash = Sha256Hex(absl::StrCat(hash, absl::string_view(data).substr(at, row)));
        at += row;
      }
    }
  }
  const std::vector<std::string>& hashes() const { return hashes_; }

 private:
  static constexpr std::size_t kUnits = 784;
  std::vector<std::string> hashes_;
};

std::string DigestOf(const std::vector<std::string>& hashes) {
  std::string all;
  for (const std::string& hash : hashes) all += hash;
  return Sha256Hex(all).substr(0, 16);
}

/// The job of one digest.
class DigestJob {
 public:
  explicit DigestJob(const EnduranceOptions& options)
      : options_(options), draws_((options.quick ? 1600 : 100000) / kChains) {}

  std::int64_t draws() const { return draws_ * kChains; }

  /// The digest in one stream.
  std::string InOne(const EnduranceServer& server) const {
    return DigestOf(Hashes(server, 0, kChains));
  }

  /// In so many streams at once.
  std::string Sharded(const EnduranceServer& server, int shards) const {
    std::vector<std::vector<std::string>> parts(static_cast<std::size_t>(shards));
    std::vector<std::thread> threads;
    for (int i = 0; i < shards; ++i) {
      threads.emplace_back([this, &server, &parts, shards, i] {
        parts[static_cast<std::size_t>(i)] = Hashes(server, i * kChains / shards, kChains / shards);
      });
    }
    for (std::thread& thread : threads) thread.join();
    std::vector<std::string> hashes;
    for (const auto& part : parts) hashes.insert(hashes.end(), part.begin(), part.end());
    return DigestOf(hashes);
  }

  /// With cancellations after random numbers of messages, each carried on by another server.
  std::string Interrupted(int* interruptions) const {
    std::mt19937 random(7);
    ChainHashes hashes(kChains);
    v1::SampleState state;
    for (std::int64_t done = 0; done < draws_; ++*interruptions) {
      const EnduranceServer server(options_, 1 + static_cast<int>(random() % 3));
      v1::SampleRequest request = Request(0, kChains);
      request.set_draws(draws_ - done);
      request.set_draws_per_message(1 + random() % 7);
      request.set_state_interval(1 + random() % 9);
      if (done > 0) *request.mutable_resume_from() = state;
      grpc::ClientContext context;
      const auto stub = server.NewStub();
      const auto reader = stub->Sample(&context, request);
      std::string since_state;  // what comes after the last state is not kept
      v1::SampleResponse message;
      const auto most = static_cast<std::int64_t>(random() % (options_.quick ? 12 : 300)) + 3;
      for (std::int64_t i = 0; i < most && reader->Read(&message); ++i) {
        since_state += message.samples().data();
        if (!message.has_state()) continue;
        hashes.Add(since_state);
        since_state.clear();
        state = message.state();
        done = state.draws_done();
      }
      context.TryCancel();
      reader->Finish();
    }
    return DigestOf(hashes.hashes());
  }

 private:
  v1::SampleRequest Request(int first, int chains) const {
    v1::SampleRequest request = EndlessRequest(options_, kSeed);
    request.set_first_chain(first);
    request.set_chains(chains);
    request.set_draws(draws_);
    return request;
  }

  std::vector<std::string> Hashes(const EnduranceServer& server, int first, int chains) const {
    ChainHashes hashes(chains);
    grpc::ClientContext context;
    const auto stub = server.NewStub();
    const auto reader = stub->Sample(&context, Request(first, chains));
    v1::SampleResponse message;
    while (reader->Read(&message)) hashes.Add(message.samples().data());
    const grpc::Status status = reader->Finish();
    CAE_CHECK(status.ok(), status.error_message());
    return hashes.hashes();
  }

  const EnduranceOptions options_;
  const std::int64_t draws_;
};

/// 64 streams of every kind, over and over, and unary calls, until it goes.
class MixedLoad {
 public:
  MixedLoad(const EnduranceOptions& options, const EnduranceServer& server) : options_(options) {
    for (int i = 0; i < 64; ++i) {
      threads_.emplace_back([this, &server, i] { Stream(*server.NewStub(), i); });
    }
    for (int i = 0; i < 2; ++i) {
      threads_.emplace_back([this, &server] { Encode(*server.NewStub()); });
    }
  }
  ~MixedLoad() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
  }
  std::int64_t streams() const { return streams_; }
  std::int64_t calls() const { return calls_; }

 private:
  void Stream(v1::CaeService::Stub& stub, int number) {
    v1::SampleRequest request = EndlessRequest(options_, static_cast<std::uint64_t>(number));
    request.set_chains(1 + number % 9);
    request.set_rank(number % 8 == 0 ? 3 : 0);
    request.set_process(number % 2 == 0 ? v1::SAMPLE_PROCESS_TOP_LAYER
                                        : v1::SAMPLE_PROCESS_COMPOSED);
    request.set_thinning(1 + number % 3);
    v1::SampleResponse message;
    while (!stopping_) {
      grpc::ClientContext context;
      const auto reader = stub.Sample(&context, request);
      for (int i = 0; i < 3 + number && !stopping_ && reader->Read(&message); ++i) continue;
      context.TryCancel();
      reader->Finish();
      ++streams_;
    }
  }
  void Encode(v1::CaeService::Stub& stub) {
    v1::EncodeRequest request;
    request.mutable_model()->set_name(options_.model);
    for (const std::int64_t size : {8, 784}) request.mutable_inputs()->add_shape(size);
    request.mutable_inputs()->set_data(std::string(8 * 784 * sizeof(float), '\0'));
    v1::EncodeResponse response;
    while (!stopping_) {
      grpc::ClientContext context;
      if (stub.Encode(&context, request, &response).ok()) ++calls_;
    }
  }

  const EnduranceOptions options_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::int64_t> streams_ = 0;
  std::atomic<std::int64_t> calls_ = 0;
  std::vector<std::thread> threads_;
};

}  // namespace

void TestDigests(const EnduranceOptions& options, EnduranceTable& table) {
  const DigestJob job(options);
  const std::string size = absl::StrCat("digest of ", job.draws(), " draws, ");
  const std::string expected = job.InOne(EnduranceServer(options, 1));
  const auto add = [&](const std::string& how, const std::string& found) {
    table.Add(size + how, found, absl::StrCat("= ", expected), found == expected);
  };
  add("one thread, after a restart", job.InOne(EnduranceServer(options, 1)));
  {
    const EnduranceServer server(options, 0);
    add("a thread a core", job.InOne(server));
    add("four shards by first_chain", job.Sharded(server, 4));
  }
  {
    const EnduranceServer server(options, 3);
    const MixedLoad load(options, server);
    // One stream would get a 65th of the time, and take half an hour.
    const std::string found = job.Sharded(server, kChains);
    add(absl::StrCat("3 threads, beside ", load.streams() + 64, " streams, ", load.calls(),
                     " calls"),
        found);
  }
  // Other bits than above, but the same however tiles are made.
  for (const std::string isa : {"avx2", "sse41"}) {
    const std::string alone = job.InOne(EnduranceServer(options, 1, isa));
    const std::string shards = job.Sharded(EnduranceServer(options, 3, isa), kChains);
    table.Add(absl::StrCat(size, isa, ", 3 threads and ", kChains, " shards"), shards,
              absl::StrCat("= ", alone), shards == alone);
  }
  int interruptions = 0;
  const std::string found = job.Interrupted(&interruptions);
  add(absl::StrCat("cancelled and resumed ", interruptions - 1, " times"), found);
}

}  // namespace cae::testing
