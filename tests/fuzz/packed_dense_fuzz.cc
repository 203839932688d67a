// The fast dense layer against three loops in double, for any shape, tile class and finite numbers,
// and the rows of a batch against each row alone.
//
// Bytes: inputs, outputs, rows (2), layer kind, exponents of weights and inputs, seed (2); then
// patches of 7 bytes, which put any finite float (subnormal, huge, ±0) in any place: what (1),
// where (2), bits (4). All that is not patched is uniform in ±2^exponent, from the seed.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/packed_dense.h"
#include "core/math/philox.h"

namespace cae {
namespace {

constexpr std::size_t kHeaderBytes = 9, kPatchBytes = 7;
constexpr Index kLargestUnits = 128;
constexpr Index kLargestRows = 300;  // more than the largest tile
constexpr Index kMostProducts = Index{1}
                                << 20;  // of one layer, so that an input takes milliseconds
constexpr double kFloatMax = std::numeric_limits<float>::max();

struct Case {
  Matrix weight;
  Vector bias;
  Matrix inputs;
  PackedDense::Layout layout;
  Activation activation;

  Index outputs() const {
    return layout == PackedDense::Layout::kOutputsByInputs ? weight.rows() : weight.cols();
  }
  float WeightOf(Index output, Index input) const {
    return layout == PackedDense::Layout::kOutputsByInputs ? weight(output, input)
                                                           : weight(input, output);
  }
};

/// Uniform in ±2^exponent.
Matrix Uniform(Index rows, Index cols, int exponent, std::uint64_t seed) {
  Matrix matrix(rows, cols);
  for (Index i = 0; i < matrix.size(); ++i) {
    const std::uint32_t bits = Philox4x32({static_cast<std::uint32_t>(i), 0, 0, 0}, seed)[0];
    matrix.data()[i] = std::ldexp(static_cast<float>(bits) * 0x1p-31f - 1, exponent);
  }
  return matrix;
}

/// The float with those bits; infinity and NaN, which no model and no request may hold, made
/// finite.
float Finite(std::uint32_t bits) {
  if ((bits & 0x7F800000u) == 0x7F800000u) bits &= ~0x00800000u;
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

Case Parse(const std::uint8_t* data, std::size_t size) {
  const Index inputs = 1 + data[0] % kLargestUnits, outputs = 1 + data[1] % kLargestUnits;
  const Index most_rows =
      std::min(kLargestRows, std::max<Index>(1, kMostProducts / (inputs * outputs)));
  const Index rows = 1 + (data[2] + 256 * data[3]) % most_rows;
  const int kind = data[4];
  Case c;
  c.activation = static_cast<Activation>(kind & 3);
  c.layout = (kind & 4) != 0 ? PackedDense::Layout::kInputsByOutputs
                             : PackedDense::Layout::kOutputsByInputs;
  // From −140, where all numbers are subnormal, to 115, where all products overflow.
  const int weight_exponent = data[5] - 140, input_exponent = data[6] - 140;
  const std::uint64_t seed = data[7] + 256u * data[8];
  const bool transposed = c.layout == PackedDense::Layout::kInputsByOutputs;
  c.weight = Uniform(transposed ? inputs : outputs, transposed ? outputs : inputs, weight_exponent,
                     3 * seed);
  c.inputs = Uniform(rows, inputs, input_exponent, 3 * seed + 1);
  if ((kind & 8) != 0) c.bias = Uniform(outputs, 1, weight_exponent, 3 * seed + 2);
  for (std::size_t at = kHeaderBytes; at + kPatchBytes <= size; at += kPatchBytes) {
    const std::uint8_t* patch = data + at;
    const Index place = patch[1] + 256 * patch[2];
    std::uint32_t bits = 0;
    std::memcpy(&bits, patch + 3, sizeof(bits));
    if (patch[0] % 3 == 0) c.weight.data()[place % c.weight.size()] = Finite(bits);
    if (patch[0] % 3 == 1) c.inputs.data()[place % c.inputs.size()] = Finite(bits);
    if (patch[0] % 3 == 2 && c.bias.size() > 0) c.bias[place % outputs] = Finite(bits);
  }
  return c;
}

/// A row's output has the same bits in a batch and alone. NaN, where sums overflow both ways, has
/// more than one pattern.
bool SameBits(float a, float b) {
  return std::memcmp(&a, &b, sizeof(a)) == 0 || (std::isnan(a) && std::isnan(b));
}

/// One pre-activation a = b + Σ w x: with n + 1 terms in any order, fused or not, a float sum is
/// within γ Σ|terms| of it, γ = (n + 2) u / (1 − (n + 2) u), u = 2⁻²⁴ (Higham, "Accuracy and
/// Stability of Numerical Algorithms", 3.1), and each of 2n operations may lose half a subnormal
/// unit, 2⁻¹⁵⁰. Where Σ|terms| comes near the largest float, partial sums may overflow: no bound.
void CheckElement(const Case& c, Index row, Index output, float pre_activation, float activated) {
  const Index n = c.inputs.cols();
  double a = c.bias.size() > 0 ? double{c.bias[output]} : 0;
  double magnitude = std::abs(a);
  for (Index i = 0; i < n; ++i) {
    const double term = double{c.WeightOf(output, i)} * double{c.inputs(row, i)};
    a += term;
    magnitude += std::abs(term);
  }
  const double nu = static_cast<double>(n + 2) * 0x1p-24;
  const double error = nu / (1 - nu) * magnitude + static_cast<double>(n) * 0x1p-149;
  if (magnitude + error >= kFloatMax) return;
  const auto where = [&] {
    return absl::StrCat(" at row ", row, ", output ", output, " of [", c.inputs.rows(), ", ", n,
                        "] x ", c.outputs(), ", bound ", error);
  };
  CAE_CHECK(std::abs(pre_activation - a) <= error,
            absl::StrCat("pre-activation ", pre_activation, ", expected ", a, where()));
  // No activation is steeper than 1; oneDNN's logistic and tanh are good to 2e-6.
  const bool is_exact = c.activation == Activation::kRelu || c.activation == Activation::kIdentity;
  const double expected = Activate(c.activation, a);
  CAE_CHECK(std::abs(activated - expected) <= error + (is_exact ? 0 : 2e-6),
            absl::StrCat("activated ", activated, ", expected ", expected, where()));
  if (is_exact) return;
  const float lowest = c.activation == Activation::kLogistic ? 0 : -1;
  CAE_CHECK(lowest <= activated && activated <= 1,
            absl::StrCat("activated ", activated, " is outside the range of s", where()));
}

void Run(const Case& c) {
  const absl::StatusOr<PackedDense> layer =
      PackedDense::Pack(c.weight, c.layout, c.bias, c.activation);
  CAE_CHECK(layer.ok(), layer.status().ToString());
  Workspace workspace;
  const Index rows = c.inputs.rows();
  Matrix activated(rows, c.outputs()), pre_activation(rows, c.outputs());
  layer->Apply(c.inputs, PackedDense::Output::kActivated, activated, workspace);
  layer->Apply(c.inputs, PackedDense::Output::kPreActivation, pre_activation, workspace);
  Matrix alone(1, c.outputs());
  for (Index row = 0; row < rows; ++row) {
    for (const auto& [output, batch] :
         {std::pair(PackedDense::Output::kActivated, &activated),
          std::pair(PackedDense::Output::kPreActivation, &pre_activation)}) {
      layer->Apply(Rows(c.inputs, row, 1), output, alone, workspace);
      for (Index i = 0; i < c.outputs(); ++i) {
        CAE_CHECK(SameBits(alone(0, i), (*batch)(row, i)),
                  absl::StrCat("row ", row, " of ", rows, " has ", (*batch)(row, i), " at ", i,
                               ", alone ", alone(0, i)));
      }
    }
    for (Index i = 0; i < c.outputs(); ++i) {
      CheckElement(c, row, i, pre_activation(row, i), activated(row, i));
    }
  }
}

}  // namespace
}  // namespace cae

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size >= cae::kHeaderBytes) cae::Run(cae::Parse(data, size));
  return 0;
}
