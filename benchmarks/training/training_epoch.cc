// How fast an epoch of training is: CAE 784-1000, tied logistic layers, cross-entropy + λ ‖J‖²,
// Adam, batches of 100, 50,000 rows, against PyTorch at its best setting (training_epoch_torch.py),
// both on this machine, taking turns.
//
//   build/release/bin/training_epoch [--turns N] [--json FILE]      (from the project's folder; N
//   is 5 by default)
#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/training/line_process.h"
#include "benchmarks/training/measure.h"
#include "core/base/check.h"
#include "trainer/training/layer_training.h"

namespace cae::benchmarks {
namespace {

constexpr Index kRows = 50000;
constexpr Index kInputs = 784;
constexpr double kFlops = 10.0 * kInputs * 1000 * kRows;  ///< five products of 2 · 784 · 1000 a row

/// Our epoch, on all cores; the time of the epoch alone, without making the layer.
class OurEpoch : public TrainingObserver {
 public:
  explicit OurEpoch(int threads) : pool_(threads) {}

  double Run() {
    EpochPlan epochs;
    epochs.rows = kRows;
    epochs.epochs = 1;
    epochs.batch_size = 100;
    epochs.learning_rate = 1e-3;
    const auto layer = TrainLayer(LayerPlan{}, epochs, data_, Matrix(0, kInputs), pool_, {*this});
    CAE_CHECK(layer.ok(), layer.status().ToString());
    return seconds_;
  }

  absl::Status OnEpoch(const TrainingReport& report) override {
    seconds_ = absl::ToDoubleSeconds(report.elapsed);
    return absl::OkStatus();
  }

 private:
  ThreadPool pool_;
  const Matrix data_ = (Matrix::Random(kRows, kInputs).array() + 1) / 2;
  double seconds_ = 0;
};

int Main(int turns, const std::string& json_path) {
  const int cores = std::max(1u, std::thread::hardware_concurrency());
  OurEpoch ours(cores);
  LineProcess peer({"/usr/bin/python3", "benchmarks/peers/training_epoch_torch.py"});
  const std::string version = peer.ReadLine();
  std::vector<std::string> settings;
  for (int threads = 1; threads <= cores; threads *= 2) {
    for (const char* foreach : {"0", "1"}) {
      settings.push_back(std::to_string(threads) + " " + foreach);
    }
  }
  std::map<std::string, std::vector<double>> torch;
  std::vector<double> mine;
  for (int turn = 0; turn < turns; ++turn) {
    mine.push_back(ours.Run());
    for (const std::string& setting : settings) {
      peer.WriteLine(setting);
      torch[setting].push_back(std::stod(peer.ReadLine()));
    }
  }
  const double seconds = Median(mine);
  nlohmann::json report = {{"benchmark", "training_epoch"},
                           {"peer", version},
                           {"threads", cores},
                           {"seconds", seconds},
                           {"gflops", kFlops / seconds / 1e9}};
  double best = 1e300;
  for (const auto& [setting, times] : torch) {
    report["peer_seconds"][setting] = Median(times);
    best = std::min(best, Median(times));
  }
  const std::string& default_setting = settings[settings.size() - 2];
  const double unset = Median(torch[default_setting]);
  report["default_setting"] = default_setting;
  report["turn_seconds"] = mine;
  report["peer_turn_seconds"] = torch;
  report["ratio_to_best"] = best / seconds;
  report["ratio_to_default"] = unset / seconds;
  if (!json_path.empty()) std::ofstream(json_path) << report.dump(2) << "\n";
  std::printf("one epoch of CAE 784-1000, 50,000 rows, batches of 100; median of %d turns\n\n",
              turns);
  std::printf("  cae-train, %d threads          %7.2f s   (%.0f GFLOP/s)\n", cores, seconds,
              kFlops / seconds / 1e9);
  for (const std::string& setting : settings) {
    std::printf("  %s, %c threads, foreach=%c %7.2f s\n", version.c_str(), setting[0], setting[2],
                Median(torch[setting]));
  }
  std::printf("\n  faster than PyTorch's best    %7.2f x   target >= 3: %s\n", best / seconds,
              best / seconds >= 3 ? "met" : "missed");
  std::printf("  faster than its default       %7.2f x   target >= 4: %s\n", unset / seconds,
              unset / seconds >= 4 ? "met" : "missed");
  return 0;
}

}  // namespace
}  // namespace cae::benchmarks

int main(int argc, char** argv) {
  CLI::App app("Times an epoch of training against PyTorch.");
  int turns = 5;
  std::string json_path;
  app.add_option("--turns", turns, "How often each side runs")->check(CLI::PositiveNumber);
  app.add_option("--json", json_path, "Also write the figures to this file");
  CLI11_PARSE(app, argc, argv);
  return cae::benchmarks::Main(turns, json_path);
}
