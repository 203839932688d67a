// Clients that are killed in mid-stream leave nothing behind.
#include <signal.h>

#include <cstdio>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/base/check.h"
#include "tests/endurance/endurance.h"

namespace cae::testing {
namespace {

constexpr int kStreamsOfAVictim = 50;
constexpr double kMegabyte = 1e6;

/// As many clients as `count`, in processes of 50, each on a connection of its own, that die
/// without a word while draws come to them.
void KillClients(const EnduranceOptions& options, const EnduranceServer& server, int count) {
  for (int i = 0; i < count / kStreamsOfAVictim; ++i) {
    ServerProcess victim({"--victim", server.address(), "--model", options.model, "--streams",
                          absl::StrCat(kStreamsOfAVictim)},
                         options.program);
    CAE_CHECK(victim.ReadLine() == "reading", victim.Log());
    victim.Signal(SIGKILL);
    victim.Wait();
  }
}

}  // namespace

int RunVictim(const std::string& address, const std::string& model, int streams) {
  struct Stream {
    std::unique_ptr<v1::CaeService::Stub> stub;
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::SampleResponse>> reader;
  };
  EnduranceOptions options;
  options.model = model;
  std::vector<std::unique_ptr<Stream>> open;
  v1::SampleResponse message;
  for (int i = 0; i < streams; ++i) {
    auto stream = std::make_unique<Stream>();
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    stream->stub = v1::CaeService::NewStub(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
    v1::SampleRequest request = EndlessRequest(options, static_cast<std::uint64_t>(i));
    request.set_chains(1 + i % 3);
    // Some are killed while they wait for a draw, some while draws come, some read no more.
    request.set_thinning(i % 5 == 0 ? 100000 : 1);
    stream->reader = stream->stub->Sample(&stream->context, request);
    open.push_back(std::move(stream));
  }
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (i % 5 != 0 && !open[i]->reader->Read(&message)) return 1;
  }
  std::puts("reading");
  std::fflush(stdout);
  for (std::size_t i = 1;; i = i + 5 < open.size() ? i + 5 : 1) open[i]->reader->Read(&message);
}

void TestKilledClients(const EnduranceOptions& options, EnduranceTable& table) {
  const int clients = options.quick ? 100 : 1000;
  const EnduranceServer server(options, 0);
  KillClients(options, server, clients / 2);  // the heap grows once to what so many streams need
  const bool gone_first = server.BecomesIdle();
  table.Add(absl::StrCat(clients / 2, " killed clients: chains left"), gone_first ? "0" : "some",
            "= 0", gone_first);
  const double before = server.resident_bytes();
  KillClients(options, server, clients);
  const bool gone = server.BecomesIdle();
  const Scrape after = server.Metrics();
  table.Add(absl::StrCat(clients, " more: chains left"), gone ? "0" : "some", "= 0", gone);
  const double grown = (server.resident_bytes() - before) / kMegabyte;
  table.Add(absl::StrCat(clients, " more: memory of the server"),
            absl::StrFormat("%.1f -> %+.1f MB", before / kMegabyte, grown), "<= +8 MB", grown <= 8);
  const double steps = after.Sum("cae_chain_steps_total");
  table.Add("steps made for nobody, once all are gone",
            absl::StrCat(server.Metrics().Sum("cae_chain_steps_total") - steps), "= 0",
            server.Metrics().Sum("cae_chain_steps_total") == steps);
  // Streams have 1, 2 or 3 chains in turn.
  double chains = 0;
  for (int i = 0; i < kStreamsOfAVictim; ++i) chains += 1 + i % 3;
  chains *= 1.5 * clients / kStreamsOfAVictim;
  const double wasted = after.Sum("cae_wasted_steps_total");
  table.Add("steps under way or begun after a cancel was seen, a chain",
            wasted < 0 ? "not counted by this server" : absl::StrFormat("%.3f", wasted / chains),
            "<= 1", wasted >= 0 && wasted <= chains);
}

}  // namespace cae::testing
