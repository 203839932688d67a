#include "core/serving/fingerprint.h"

#include "absl/strings/str_cat.h"
#include "core/io/sha256.h"
#include "core/math/normal.h"
#include "core/sampling/reference_chain.h"

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
  for (Index row = 0; row < kProbeRows; ++row) {
    const VectorD normals = StandardNormals(kProbeSeed, {static_cast<std::uint64_t>(row), 0},
                                            autoencoder.input_units());
    const double middle = (card.input_minimum + card.input_maximum) / 2;
    const double reach = (card.input_maximum - card.input_minimum) / 16;
    inputs.row(row) = (normals.array() * reach + middle).cast<float>();
  }
  return inputs;
}

}  // namespace

std::string NumericFingerprint(const Autoencoder& autoencoder,
                               const ReferenceAutoencoder& reference) {
  std::string bits = absl::StrCat("numeric version ", kNumericVersion, "\n");
  Workspace workspace;
  const Matrix inputs = ProbeInputs(autoencoder);
  Matrix outputs(kProbeRows, autoencoder.input_units());
  for (int layer = 1; layer <= autoencoder.layers(); ++layer) {
    Matrix codes(kProbeRows, autoencoder.units(layer));
    autoencoder.Encode(inputs, layer, codes, workspace);
    autoencoder.Decode(codes, layer, outputs, workspace);
    AppendBits(codes, bits);
    AppendBits(outputs, bits);
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
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    const ReferenceChain chain(reference, {kProbeSeed, 1.0, 0, process});
    const auto transition = chain.Step(chain.InitialState(inputs.row(0)), 0, 0);
    AppendBits(transition.state, bits);
  }
  return Sha256Hex(bits).substr(0, 32);
}

}  // namespace cae
