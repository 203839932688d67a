#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/engine/works.h"
#include "core/base/check.h"
#include "core/sampling/chain_stepper.h"

namespace cae::benchmarks {
namespace {

constexpr Index kChains = 64;
constexpr int kBurnIn = 50;
constexpr int kSteps = 1000;

/// What long chains look like on average.
struct ChainMeans {
  double mean_pixel = 0;
  double displacement = 0;      ///< root mean square, of a step
  std::vector<double> classes;  ///< shares; empty without a classifier
};

class Drift : public Work {
 public:
  Drift(std::shared_ptr<const Autoencoder> exact, std::shared_ptr<const Autoencoder> coarse)
      : exact_(std::move(exact)), coarse_(std::move(coarse)) {}

  double Run() override { return 1; }

  std::map<std::string, double> Facts() override {
    const Matrix codes = Codes(*exact_), other = Codes(*coarse_);
    const Matrix difference = other - codes;
    const ChainMeans means = Sample(*exact_, 1), again = Sample(*exact_, 2);
    const ChainMeans drifted = Sample(*coarse_, 1);
    std::map<std::string, double> facts = {
        {"code_error_rms", std::sqrt(difference.squaredNorm() / difference.size())},
        {"code_error_max", difference.cwiseAbs().maxCoeff()}};
    // Beside it what another seed does, in float32: below that a difference means nothing.
    Compare("", means, drifted, facts);
    Compare("_other_seed", means, again, facts);
    return facts;
  }

 private:
  static void Compare(const std::string& suffix, const ChainMeans& a, const ChainMeans& b,
                      std::map<std::string, double>& facts) {
    facts["mean_pixel" + suffix] = std::abs(b.mean_pixel / a.mean_pixel - 1);
    facts["displacement" + suffix] = std::abs(b.displacement / a.displacement - 1);
    double largest = 0;
    for (std::size_t k = 0; k < a.classes.size(); ++k) {
      largest = std::max(largest, std::abs(a.classes[k] - b.classes[k]));
    }
    facts["class_share" + suffix] = largest;
  }

  Matrix Inputs(const Autoencoder& model) const {
    const Matrix& starts = model.parameters().start_examples;
    Matrix inputs(kChains, model.input_units());
    for (Index i = 0; i < kChains; ++i) inputs.row(i) = starts.row(i % starts.rows());
    return inputs;
  }

  Matrix Codes(const Autoencoder& model) {
    Matrix codes(kChains, model.code_units());
    model.Encode(Inputs(model), model.layers(), codes, workspace_);
    return codes;
  }

  ChainMeans Sample(const Autoencoder& model, std::uint64_t seed) {
    const ChainStepper stepper(model, model.card().default_process);
    Matrix states(kChains, stepper.state_units()), codes(kChains, stepper.code_units());
    stepper.InitialStates(Inputs(model), states, workspace_);
    ChainMeans means;
    means.classes.assign(model.has_classifier() ? model.classes() : 0, 0.0);
    Matrix before(kChains, model.input_units()), images(kChains, model.input_units());
    Matrix logits(kChains, static_cast<Index>(means.classes.size()));
    for (int step = 0; step < kBurnIn + kSteps; ++step) {
      std::vector<ChainRow> rows;
      for (Index i = 0; i < kChains; ++i) {
        rows.push_back({seed, static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(step),
                        static_cast<float>(model.card().default_noise_stddev)});
      }
      stepper.Outputs(states, before, workspace_);
      const absl::Status stepped = stepper.Step(rows, 0, states, codes, workspace_, NeverYield);
      CAE_CHECK(stepped.ok(), absl::StrCat(stepped.ToString()));
      if (step < kBurnIn) continue;
      stepper.Outputs(states, images, workspace_);
      means.mean_pixel += images.mean() / kSteps;
      means.displacement += (images - before).squaredNorm() / images.size() / kSteps;
      if (means.classes.empty()) continue;
      model.Logits(images, logits, workspace_);
      for (Index i = 0; i < kChains; ++i) {
        Index best = 0;
        logits.row(i).maxCoeff(&best);
        means.classes[best] += 1.0 / (kSteps * kChains);
      }
    }
    means.displacement = std::sqrt(means.displacement);
    return means;
  }

  const std::shared_ptr<const Autoencoder> exact_, coarse_;
  Workspace workspace_;
};

}  // namespace

std::unique_ptr<Work> MakeDrift(const Arguments& arguments) {
  return std::make_unique<Drift>(ModelFor(arguments, "f32"), ModelFor(arguments, "bf16"));
}

}  // namespace cae::benchmarks
