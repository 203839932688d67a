// The parts of the endurance program: what must hold at full size, each as some rows of a table.
#ifndef CAE_TESTS_ENDURANCE_ENDURANCE_H_
#define CAE_TESTS_ENDURANCE_ENDURANCE_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "cae/v1/cae_service.grpc.pb.h"
#include "tests/server/process/scrape.h"
#include "tests/testing/server_process.h"

namespace cae::testing {

/// Plain data.
struct EnduranceOptions {
  std::string repository = "models";
  std::string model = "mnist-cae1";
  std::string program;  ///< this one: it is started again as the client that is killed
  bool quick = false;   ///< the same on a smaller scale, in seconds
};

/// What was found, beside what must be. Prints each row as it is known. Thread-compatible.
class EnduranceTable {
 public:
  void Add(const std::string& what, const std::string& found, const std::string& bound, bool holds);
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

/// A cae-server on free ports, killed when it is destroyed. Thread-compatible; channels and stubs
/// are thread-safe.
class EnduranceServer {
 public:
  /// `threads` 0: one a core. `isa` empty: the best instruction set there is.
  EnduranceServer(const EnduranceOptions& options, int threads, const std::string& isa = "");

  const std::string& address() const { return address_; }
  /// Over a connection of its own.
  std::unique_ptr<v1::CaeService::Stub> NewStub() const;
  Scrape Metrics() const { return Scrape(metrics_); }
  double resident_bytes() const { return Metrics().Sum("process_resident_memory_bytes"); }
  /// Waits, for a minute at most, until every call that began has ended and no chain is left; says
  /// whether it came to that.
  bool BecomesIdle() const;

 private:
  ServerProcess process_;
  std::string address_;
  std::string metrics_;
};

/// An endless stream of one chain of the model.
v1::SampleRequest EndlessRequest(const EnduranceOptions& options, std::uint64_t seed);

void TestDigests(const EnduranceOptions& options, EnduranceTable& table);
void TestKilledClients(const EnduranceOptions& options, EnduranceTable& table);
void TestSlowReader(const EnduranceOptions& options, EnduranceTable& table);
void TestManyChains(const EnduranceOptions& options, EnduranceTable& table);

/// What the killed client does: opens streams, says so on standard output, and reads for ever.
int RunVictim(const std::string& address, const std::string& model, int streams);

}  // namespace cae::testing

#endif  // CAE_TESTS_ENDURANCE_ENDURANCE_H_
