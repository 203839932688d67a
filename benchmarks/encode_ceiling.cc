// How close in-process encoding comes to the machine: rows a second of Autoencoder::Encode against
// a raw oneDNN product of the same shape (weights packed, no bias, no activation, the batch as one
// product), on one thread and on all cores.
//
//   build/release/bin/encode_ceiling [--json FILE]
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <oneapi/dnnl/dnnl.hpp>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "benchmarks/measure.h"
#include "core/math/onednn.h"
#include "core/model/autoencoder.h"

namespace cae::benchmarks {
namespace {

constexpr Index kInputs = 784;
constexpr Index kUnits = 1000;
constexpr Index kBatch = 256;
constexpr int kRepeats = 40;  ///< products a turn: about 0.1 s
constexpr int kTurns = 11;

/// The ceiling: one product of [256, 784] and [784, 1000], weights in the format that oneDNN asks
/// for.
class RawProduct {
 public:
  RawProduct() {
    using dnnl::memory;
    onednn::UseCallingThreadOnly();
    const auto f32 = memory::data_type::f32;
    const auto row_major = memory::format_tag::ab;
    const dnnl::engine& engine = onednn::CpuEngine();
    const dnnl::matmul::desc desc({{kBatch, kInputs}, f32, row_major},
                                  {{kInputs, kUnits}, f32, memory::format_tag::any},
                                  {{kBatch, kUnits}, f32, row_major});
    const dnnl::matmul::primitive_desc chosen(desc, engine);
    Matrix weight = Matrix::Random(kInputs, kUnits);
    memory plain({{kInputs, kUnits}, f32, row_major}, engine, weight.data());
    memory packed(chosen.weights_desc(), engine);
    dnnl::reorder(plain, packed).execute(onednn::ThreadStream(), plain, packed);
    onednn::ThreadStream().wait();
    primitive_ = dnnl::matmul(chosen);
    arguments_ = {{DNNL_ARG_SRC, memory(chosen.src_desc(), engine, inputs_.data())},
                  {DNNL_ARG_WEIGHTS, packed},
                  {DNNL_ARG_DST, memory(chosen.dst_desc(), engine, outputs_.data())}};
  }

  void Run() {
    onednn::UseCallingThreadOnly();
    for (int i = 0; i < kRepeats; ++i) {
      primitive_.execute(onednn::ThreadStream(), arguments_);
      onednn::ThreadStream().wait();
    }
  }

 private:
  Matrix inputs_ = Matrix::Random(kBatch, kInputs);
  Matrix outputs_ = Matrix::Zero(kBatch, kUnits);
  dnnl::matmul primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

class Encoding {
 public:
  explicit Encoding(std::shared_ptr<const Autoencoder> autoencoder)
      : autoencoder_(std::move(autoencoder)) {}

  void Run() {
    for (int i = 0; i < kRepeats; ++i) autoencoder_->Encode(inputs_, 1, codes_, workspace_);
  }

 private:
  std::shared_ptr<const Autoencoder> autoencoder_;
  Matrix inputs_ = (Matrix::Random(kBatch, kInputs).array() + 1) / 2;
  Matrix codes_ = Matrix::Zero(kBatch, kUnits);
  Workspace workspace_;
};

std::shared_ptr<const Autoencoder> MakeModel() {
  ModelParameters parameters;
  LayerParameters layer;
  layer.encoder.weight = Matrix::Random(kUnits, kInputs) * 0.1f;
  layer.encoder.bias = Vector::Zero(kUnits);
  layer.decoder_bias = Vector::Zero(kInputs);
  parameters.layers.push_back(std::move(layer));
  parameters.start_examples = Matrix::Zero(1, kInputs);
  parameters.card.input_shape = {kInputs};
  return *Autoencoder::Create(std::move(parameters));
}

/// Runs one of each on every thread at the same time.
template <typename Work>
void OnThreads(std::vector<std::unique_ptr<Work>>& works) {
  std::vector<std::thread> threads;
  for (auto& work : works) threads.emplace_back([&work] { work->Run(); });
  for (std::thread& thread : threads) thread.join();
}

int Main(const char* json_path) {
  const int cores = std::max(1u, std::thread::hardware_concurrency());
  const std::shared_ptr<const Autoencoder> model = MakeModel();
  nlohmann::json report = {{"benchmark", "encode_ceiling"}, {"batch", kBatch}, {"rows", {}}};
  std::printf("encoding %td rows of 784 into 1000 units, thousand rows a second\n\n", kBatch);
  std::printf("%8s %14s %14s %8s %8s\n", "threads", "raw oneDNN", "Encode", "ratio", "target");
  for (const int threads : {1, cores}) {
    std::vector<std::unique_ptr<RawProduct>> raw;
    std::vector<std::unique_ptr<Encoding>> encodings;
    for (int i = 0; i < threads; ++i) {
      raw.push_back(std::make_unique<RawProduct>());
      encodings.push_back(std::make_unique<Encoding>(model));
    }
    const std::vector<double> seconds =
        Interleaved(kTurns, {[&] { OnThreads(raw); }, [&] { OnThreads(encodings); }});
    const double rows = static_cast<double>(kBatch) * kRepeats * threads;
    const double ratio = seconds[0] / seconds[1];
    report["rows"].push_back({{"threads", threads},
                              {"raw_rows_per_second", rows / seconds[0]},
                              {"encode_rows_per_second", rows / seconds[1]},
                              {"ratio", ratio}});
    std::printf("%8d %14.1f %14.1f %8.3f %8s\n", threads, rows / seconds[0] / 1e3,
                rows / seconds[1] / 1e3, ratio, ratio >= 0.90 ? ">= 0.90" : "missed");
    if (threads == cores) break;
  }
  if (json_path != nullptr) std::ofstream(json_path) << report.dump(2) << "\n";
  return 0;
}

}  // namespace
}  // namespace cae::benchmarks

int main(int argc, char** argv) {
  const bool json = argc == 3 && std::strcmp(argv[1], "--json") == 0;
  return cae::benchmarks::Main(json ? argv[2] : nullptr);
}
