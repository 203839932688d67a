#include <cstdint>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/engine/works.h"
#include "core/base/check.h"
#include "core/sampling/chain_stepper.h"

namespace cae::benchmarks {
namespace {

constexpr Index kTile = 64;  ///< rows stepped together, as the server does
constexpr Index kRowsARun = 256;

class Chains : public Work {
 public:
  Chains(std::shared_ptr<const Autoencoder> model, Index chains, Index rank)
      : model_(std::move(model)),
        stepper_(*model_, model_->card().default_process),
        rank_(rank),
        rows_(static_cast<std::size_t>(chains)),
        states_(chains, stepper_.state_units()),
        codes_(chains, stepper_.code_units()) {
    const Matrix& starts = model_->parameters().start_examples;
    Matrix inputs(chains, model_->input_units());
    for (Index i = 0; i < chains; ++i) {
      inputs.row(i) = starts.row(i % starts.rows());
      rows_[static_cast<std::size_t>(i)] = {
          1, static_cast<std::uint64_t>(i), 0,
          static_cast<float>(model_->card().default_noise_stddev)};
    }
    stepper_.InitialStates(inputs, states_, workspace_);
  }

  double Run() override {
    const Index steps = 1 + kRowsARun / states_.rows();
    for (Index i = 0; i < steps; ++i) StepAll();
    return static_cast<double>(steps * states_.rows());
  }

 private:
  void StepAll() {
    for (Index first = 0; first < states_.rows(); first += kTile) {
      const Index count = std::min(kTile, states_.rows() - first);
      const absl::Status stepped =
          stepper_.Step(absl::MakeConstSpan(rows_).subspan(static_cast<std::size_t>(first),
                                                           static_cast<std::size_t>(count)),
                        rank_, Rows(MatrixView(states_), first, count),
                        Rows(MatrixView(codes_), first, count), workspace_, NeverYield);
      CAE_CHECK(stepped.ok(), absl::StrCat(stepped.ToString()));
    }
    for (ChainRow& row : rows_) ++row.step;
  }

  const std::shared_ptr<const Autoencoder> model_;
  const ChainStepper stepper_;
  const Index rank_;
  std::vector<ChainRow> rows_;
  Matrix states_, codes_;
  Workspace workspace_;
};

}  // namespace

std::unique_ptr<Work> MakeChain(const Arguments& arguments) {
  const Index threads = arguments.Number("threads", 1);
  const Index chains = arguments.Number("chains", 256);
  CAE_CHECK(chains % threads == 0, absl::StrCat(chains, " chains on ", threads, " threads"));
  return std::make_unique<Chains>(ModelFor(arguments), chains / threads,
                                  arguments.Number("rank", 0));
}

}  // namespace cae::benchmarks
