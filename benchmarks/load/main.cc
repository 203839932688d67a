// grpc_load: puts a server on this machine under load and prints what it measured as one line of
// JSON. See --help.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "benchmarks/load/channels.h"
#include "benchmarks/load/request_bytes.h"
#include "benchmarks/load/sample_load.h"
#include "benchmarks/load/unary_loops.h"
#include "core/base/mutex_checks.h"

namespace cae::benchmarks {
namespace {

constexpr char kExamples[] =
    "Examples:\n"
    "  grpc_load encode --in-flight 64 --seconds 5           closed loop: how much it can do\n"
    "  grpc_load encode --rate 1000 --seconds 10             open loop: how long users wait\n"
    "  grpc_load encode --rows 256 --input uint8 --output float16 --in-flight 4\n"
    "  grpc_load tangents --rows 64 --rank 16 --in-flight 2\n"
    "  grpc_load sample --streams 64 --chains 1 --thinning 20\n"
    "  grpc_load sample --streams 200 --stall --seconds 10   readers that stop reading\n\n"
    "With sample, a line {\"event\":\"window\"} says that the measured time begins. Exit code 1\n"
    "where any call failed.";

struct Options {
  std::string target = "127.0.0.1:50051";
  int connections = 1;
  int threads = 1;
  int in_flight = 1;
  double rate = 0;
  UnaryRequest unary;
  SampleLoad sample;
  int rank = -1;
  double seconds = 5;
  double warm_up = 1;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "grpc_load: %s\n", std::string(status.message()).c_str());
  return 1;
}

int Print(const nlohmann::json& report) {
  std::printf("%s\n", report.dump().c_str());
  return report.at("errors") == 0 ? 0 : 1;
}

int RunUnary(const Options& options) {
  auto channels = Connect(options.target, options.connections, absl::Seconds(10));
  if (!channels.ok()) return Fail(channels.status());
  auto request = RequestBytes(options.unary);
  if (!request.ok()) return Fail(request.status());
  const UnaryLoad load = {*std::move(channels), MethodPath(options.unary), *std::move(request),
                          options.warm_up, options.seconds};
  const LoadReport report = options.rate > 0
                                ? RunOpenLoop(load, options.rate)
                                : RunClosedLoop(load, options.in_flight, options.threads);
  nlohmann::json json = ToJson(report, ProcessorSeconds());
  json["rows_per_second"] =
      json["calls_per_second"].get<double>() * static_cast<double>(options.unary.rows);
  return Print(json);
}

int RunSample(Options& options) {
  auto channels = Connect(options.target, options.connections, absl::Seconds(10));
  if (!channels.ok()) return Fail(channels.status());
  options.sample.channels = *std::move(channels);
  options.sample.seconds = options.seconds;
  options.sample.warm_up_seconds = options.warm_up;
  options.sample.request.mutable_model()->set_name(options.unary.model);
  options.sample.request.set_output_data_type(options.unary.output_type);
  if (options.rank >= 0) options.sample.request.set_rank(options.rank);
  options.sample.request.set_seed(1);
  const SampleReport report = RunSampleLoad(options.sample, [] {
    std::printf("{\"event\":\"window\"}\n");
    std::fflush(stdout);
  });
  return Print(ToJson(report, options.sample, ProcessorSeconds()));
}

void AddUnary(CLI::App& app, const std::string& name, const std::string& rpc, Options& options,
              const std::map<std::string, v1::DataType>& types) {
  CLI::App* command = app.add_subcommand(name, rpc + " calls");
  command->callback([&options, rpc] { options.unary.rpc = rpc; });
  command->add_option("--rows", options.unary.rows, "Rows a call")->check(CLI::PositiveNumber);
  command->add_option("--columns", options.unary.columns, "Numbers a row")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--input", options.unary.input_type, "float32 or uint8")
      ->transform(CLI::CheckedTransformer(types));
  command->add_option("--in-flight", options.in_flight, "Closed loop: calls in flight at any time")
      ->check(CLI::Range(1, 10000));
  command->add_option("--rate", options.rate, "Open loop: calls due a second")
      ->check(CLI::PositiveNumber);
  command->add_option("--threads", options.threads, "Closed loop: threads of this driver")
      ->check(CLI::Range(1, 64));
  if (rpc == "Tangents") command->add_option("--rank", options.unary.rank, "Directions a row");
}

void AddSample(CLI::App& app, Options& options) {
  CLI::App* command = app.add_subcommand("sample", "Sample streams, without end until cancelled");
  SampleLoad& load = options.sample;
  load.request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_NONE);
  load.request.set_chains(1);
  load.request.set_thinning(1);
  command->add_option("--streams", load.streams, "Streams at the same time")
      ->check(CLI::Range(1, 10000));
  command->add_option_function<int>(
      "--chains", [&load](int value) { load.request.set_chains(value); }, "Chains a stream");
  command->add_option_function<int>(
      "--thinning", [&load](int value) { load.request.set_thinning(value); }, "Steps a draw");
  command->add_option_function<int>(
      "--draws-per-message", [&load](int value) { load.request.set_draws_per_message(value); },
      "0 lets the server pack");
  command->add_option("--rank", options.rank, "0 = the whole Jacobian; the model's default");
  command->add_flag("--stall", load.stall, "Stop reading after the first message of each stream");
}

int Main(int argc, char** argv) {
  SwitchMutexChecksOff();
  const std::map<std::string, v1::DataType> types = {{"float32", v1::DATA_TYPE_FLOAT32},
                                                     {"float16", v1::DATA_TYPE_FLOAT16},
                                                     {"bfloat16", v1::DATA_TYPE_BFLOAT16},
                                                     {"uint8", v1::DATA_TYPE_UINT8}};
  CLI::App app("Puts a server on this machine's loopback under load, for a bounded time.");
  Options options;
  options.unary.model = "mnist-cae1";
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kExamples);
  app.add_option("--target", options.target, "Where it listens")->capture_default_str();
  app.add_option("--model", options.unary.model, "Model asked")->capture_default_str();
  app.add_option("--output", options.unary.output_type, "float32, float16, bfloat16 or uint8")
      ->transform(CLI::CheckedTransformer(types));
  app.add_option("--connections", options.connections, "Connections to it")
      ->check(CLI::Range(1, 256));
  app.add_option("--seconds", options.seconds, "Length of the measured time")
      ->check(CLI::Range(0.01, 600.0))
      ->capture_default_str();
  app.add_option("--warm-up", options.warm_up, "Seconds before it")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  for (const char* rpc : {"Encode", "Decode", "Reconstruct", "Tangents", "Classify"}) {
    std::string name(rpc);
    name[0] = static_cast<char>(name[0] - 'A' + 'a');
    AddUnary(app, name, rpc, options, types);
  }
  AddSample(app, options);
  CLI11_PARSE(app, argc, argv);
  return app.got_subcommand("sample") ? RunSample(options) : RunUnary(options);
}

}  // namespace
}  // namespace cae::benchmarks

int main(int argc, char** argv) { return cae::benchmarks::Main(argc, argv); }
