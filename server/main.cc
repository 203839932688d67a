// cae-server: see `cae-server --help`.
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "core/base/logging.h"
#include "core/base/mutex_checks.h"
#include "core/base/time_slice.h"
#include "server/build_info.h"
#include "server/config/command_line.h"
#include "server/config/config_field.h"
#include "server/config/instruction_set.h"
#include "server/grpc_log.h"
#include "server/heap.h"
#include "server/ready_line.h"
#include "server/server.h"
#include "server/signal_thread.h"

namespace cae {
namespace {

/// Of the threads of the network: they run for microseconds, and somebody waits for them.
constexpr absl::Duration kTimeSlice = absl::Microseconds(100);

constexpr int kFailed = 1;
constexpr int kBadUsage = 2;

int ReportProblems(const std::vector<std::string>& problems) {
  std::fprintf(stderr, "cae-server: %zu problem%s; cae-server --help shows what there is\n",
               problems.size(), problems.size() == 1 ? "" : "s");
  for (const std::string& problem : problems) std::fprintf(stderr, "  %s\n", problem.c_str());
  return kBadUsage;
}

void StartLogging(const v1::LogConfig& config) {
  InitLogging(config.format() == v1::LOG_FORMAT_TEXT ? LogFormat::kText : LogFormat::kJson);
  SetLogLevel(EnumWord(*v1::LogLevel_descriptor()->FindValueByNumber(config.level())))
      .IgnoreError();
  ForwardGrpcLog();
}

int Serve(const v1::ServerConfig& config) {
  SetHeapLimits();
  SwitchMutexChecksOff();
  SetTimeSlice(kTimeSlice);
  StartLogging(config.log());
  PinInstructionSet(config.compute().isa());
  SignalThread signals;
  absl::StatusOr<std::unique_ptr<Server>> server = Server::Start(config);
  if (!server.ok()) {
    spdlog::error(std::string(server.status().message()));
    return kFailed;
  }
  signals.Ready();
  std::puts(
      ReadyLine((*server)->listen(), (*server)->metrics_listen(), (*server)->models()).c_str());
  std::fflush(stdout);
  spdlog::info("signal {}: draining; a second one exits at once", signals.Wait());
  (*server)->Drain();
  return 0;
}

int Main(int argc, const char* const* argv) {
  const CommandLine command_line = ParseCommandLine(argc, argv);
  if (!command_line.problems.empty()) return ReportProblems(command_line.problems);
  switch (command_line.action) {
    case CommandLine::Action::kShowHelp:
      std::fputs(command_line.help.c_str(), stdout);
      return 0;
    case CommandLine::Action::kShowVersion:
      std::printf("cae-server %s (%s)\n", BuildVersion(), BuildCommit());
      return 0;
    case CommandLine::Action::kCheckConfig:
      std::puts("the configuration is in order");
      return 0;
    case CommandLine::Action::kServe:
      break;
  }
  return Serve(command_line.config);
}

}  // namespace
}  // namespace cae

int main(int argc, char** argv) { return cae::Main(argc, argv); }
