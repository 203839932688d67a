// Ten thousand chains alive at once.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tests/endurance/endurance.h"

namespace cae::testing {

void TestManyChains(const EnduranceOptions& options, EnduranceTable& table) {
  const int streams = options.quick ? 2 : 10;
  constexpr int kChains = 1000;
  constexpr int kMessages = 3;
  const EnduranceServer server(options, 0);
  const double before = server.resident_bytes();
  std::atomic<int> fed = 0;
  std::atomic<bool> stopping = false;
  std::vector<std::thread> readers;
  for (int i = 0; i < streams; ++i) {
    readers.emplace_back([&, i] {
      const auto stub = server.NewStub();
      v1::SampleRequest request = EndlessRequest(options, 1);
      request.set_chains(kChains);
      request.set_first_chain(std::int64_t{kChains} * i);
      request.set_output_data_type(v1::DATA_TYPE_UINT8);
      grpc::ClientContext context;
      const auto reader = stub->Sample(&context, request);
      v1::SampleResponse message;
      int messages = 0;
      while (!stopping && reader->Read(&message)) {
        if (message.has_samples() && ++messages == kMessages) ++fed;
      }
      context.TryCancel();
      reader->Finish();
    });
  }
  double live = 0;
  double most = 0;
  for (int i = 0; i < 1200 && (fed < streams || live < streams * kChains); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    const Scrape scrape = server.Metrics();
    live = std::max(live, scrape.Sum("cae_chains"));
    most = std::max(most, scrape.Sum("process_resident_memory_bytes"));
  }
  stopping = true;
  for (std::thread& reader : readers) reader.join();
  table.Add("live chains", absl::StrCat(live), absl::StrCat("= ", streams * kChains),
            live == streams * kChains);
  table.Add(absl::StrCat("streams of them that got ", kMessages, " messages"),
            absl::StrCat(fed.load()), absl::StrCat("= ", streams), fed == streams);
  const double each = (most - before) / 1024 / (streams * kChains);
  table.Add("memory of the server, a chain", absl::StrFormat("%.1f KiB", each), "<= 16 KiB",
            each <= 16);
  const bool gone = server.BecomesIdle();
  table.Add("chains left", gone ? "0" : "some", "= 0", gone);
}

}  // namespace cae::testing
