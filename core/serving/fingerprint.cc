#include "core/serving/fingerprint.h"

#include <algorithm>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/sha256.h"
#include "core/math/normal.h"
#include "core/math/yield_point.h"
#include "core/model/jacobian_batch.h"
#include "core/sampling/chain_stepper.h"

namespace cae {
namespace {

constexpr std::uint64_t kProbeSeed = 0x5eed;
constexpr Index kProbeRows = 7;  // more than one row and no whole tile

template <typename Derived>
void AppendBits(const Eigen::PlainObjectBase<Derived>& values, std::string& bits) {
  bits.append(reinterpret_cast<const char*>(values.data()),
              values.size() * sizeof(typename Derived::Scalar));
}

/// Inputs inside the card's range, from the noise generator so that it is part of the probe.
Matrix ProbeInputs(const Autoencoder& autoencoder) {
  const ModelCard& card = autoencoder.card();
  Matrix inputs(kProbeRows, autoencoder.input_units());
  const auto middle = static_cast<float>((card.input_minimum + card.input_maximum) / 2);
  const auto reach = static_cast<float>((card.input_maximum - card.input_minimum) / 16);
  for (Index row = 0; row < kProbeRows; ++row) {
    float* const values = inputs.row(row).data();
    StandardNormals(kProbeSeed, {static_cast<std::uint64_t>(row), 0},
                    {values, static_cast<std::size_t>(inputs.cols())});
    for (Index i = 0; i < inputs.cols(); ++i) values[i] = values[i] * reach + middle;
  }
  return inputs;
}

/// J, Jᵀ and J Jᵀ of one layer: its linear products and their Gram matrix.
void AppendJacobian(const Autoencoder& autoencoder, int layer, Workspace& workspace,
                    std::string& bits) {
  const Matrix below = Matrix::Constant(1, autoencoder.units(layer - 1), 0.25f);
  JacobianBatch jacobian(autoencoder, layer, layer);
  absl::Status status = jacobian.Evaluate(below, workspace, NeverYield);
  Matrix codes(1, jacobian.code_units()), grams(1, jacobian.code_units());
  Matrix inputs(1, jacobian.input_units());
  status.Update(jacobian.Push({0}, below, codes, workspace, NeverYield));
  status.Update(jacobian.Pull({0}, codes, inputs, workspace, NeverYield));
  status.Update(jacobian.Gram({0}, codes, grams, workspace, NeverYield));
  CAE_CHECK(status.ok(), status.message());
  for (const Matrix& values : {Matrix(jacobian.codes()), codes, inputs, grams}) {
    AppendBits(values, bits);
  }
}

/// One step of each kind of chain.
void AppendChains(const Autoencoder& autoencoder, ConstMatrixView inputs, Workspace& workspace,
                  std::string& bits) {
  std::vector<ChainRow> rows;
  for (Index row = 0; row < inputs.rows(); ++row) {
    rows.push_back({kProbeSeed, static_cast<std::uint64_t>(row), 0, 1.0f});
  }
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    const ChainStepper stepper(autoencoder, process);
    Matrix codes(inputs.rows(), stepper.code_units());
    // The whole Jacobian, and leading directions, which are found by other kernels.
    for (const Index rank :
         {Index{0}, std::min({Index{2}, stepper.state_units(), stepper.code_units()})}) {
      Matrix states(inputs.rows(), stepper.state_units());
      stepper.InitialStates(inputs, states, workspace);
      const absl::Status status = stepper.Step(rows, rank, states, codes, workspace, NeverYield);
      CAE_CHECK(status.ok(), status.message());
      AppendBits(states, bits);
    }
  }
}

}  // namespace

std::string NumericFingerprint(const Autoencoder& autoencoder) {
  std::string bits = absl::StrCat("numeric version ", kNumericVersion, ", ",
                                  PrecisionName(autoencoder.precision()), "\n");
  Workspace workspace;
  const Matrix inputs = ProbeInputs(autoencoder);
  Matrix outputs(kProbeRows, autoencoder.input_units());
  for (int layer = 1; layer <= autoencoder.layers(); ++layer) {
    Matrix codes(kProbeRows, autoencoder.units(layer));
    autoencoder.Encode(inputs, layer, codes, workspace);
    autoencoder.Decode(codes, layer, outputs, workspace);
    AppendBits(codes, bits);
    AppendBits(outputs, bits);
    AppendJacobian(autoencoder, layer, workspace, bits);
  }
  Vector losses(kProbeRows);
  autoencoder.Reconstruct(inputs, outputs, losses, workspace);
  AppendBits(losses, bits);
  Vector contraction(1);  // one row: it costs as much as hundreds of rows of the others
  autoencoder.Contractions(Rows(ConstMatrixView(inputs), 0, 1), autoencoder.layers(), contraction,
                           workspace);
  AppendBits(contraction, bits);
  if (autoencoder.has_classifier()) {
    Matrix logits(kProbeRows, autoencoder.classes());
    autoencoder.Logits(inputs, logits, workspace);
    SoftmaxRows(logits);
    AppendBits(logits, bits);
  }
  AppendChains(autoencoder, inputs, workspace, bits);
  return Sha256Hex(bits).substr(0, 32);
}

}  // namespace cae
