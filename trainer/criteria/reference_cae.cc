#include "trainer/criteria/reference_cae.h"

#include <algorithm>
#include <cmath>

namespace cae {
namespace {

// All that the formulas need of one row.
struct Row {
  VectorD x, h;                  // input, code
  VectorD derivative;            // s'(a_j)
  VectorD output_preactivation;  // V h + b
};

Row Forward(const ReferenceCaeLayer& layer, const VectorD& x) {
  Row row;
  row.x = x;
  row.h = (layer.weight * x + layer.bias).unaryExpr([&](double a) {
    return Activate(layer.activation, a);
  });
  row.derivative =
      row.h.unaryExpr([&](double y) { return ActivationDerivative(layer.activation, y); });
  const MatrixD decoder = layer.tied() ? MatrixD(layer.weight.transpose()) : layer.decoder_weight;
  row.output_preactivation = decoder * row.h + layer.decoder_bias;
  return row;
}

MatrixD Jacobian(const ReferenceCaeLayer& layer, const Row& row) {
  return row.derivative.asDiagonal() * layer.weight;
}

double Softplus(double a) { return std::max(a, 0.0) + std::log1p(std::exp(-std::abs(a))); }

// ∂ reconstruction / ∂ (V h + b)
VectorD OutputDelta(const ReferenceCaeLayer& layer, const Row& row) {
  VectorD delta(row.x.size());
  for (Index k = 0; k < row.x.size(); ++k) {
    const double y = Activate(layer.decoder_activation, row.output_preactivation[k]);
    delta[k] = y - row.x[k];
    if (layer.decoder_activation != Activation::kLogistic) {
      delta[k] *= ActivationDerivative(layer.decoder_activation, y);
    }
  }
  return delta;
}

// Adds the gradient of one row.
void AddRowGradient(const ReferenceCaeLayer& layer, const Row& row, double contraction,
                    ReferenceCaeLayer& gradient) {
  const VectorD delta_out = OutputDelta(layer, row);
  // Through the reconstruction: x̂ = s_d(V h + b).
  const VectorD by_code = layer.tied() ? VectorD(layer.weight * delta_out)
                                       : VectorD(layer.decoder_weight.transpose() * delta_out);
  gradient.decoder_bias += delta_out;
  if (layer.tied()) {
    gradient.weight += row.h * delta_out.transpose();
  } else {
    gradient.decoder_weight += delta_out * row.h.transpose();
  }
  for (Index j = 0; j < row.h.size(); ++j) {
    const double d = row.derivative[j];
    double delta = d * by_code[j];
    // Through ‖J‖² = Σ_j d_j² ‖W_j‖²: once by W_j itself, once by a_j, of which d_j is a function
    // with ∂d_j/∂a_j = d_j · curvature.
    const double squared_norm = layer.weight.row(j).squaredNorm();
    gradient.weight.row(j) += contraction * 2 * d * d * layer.weight.row(j);
    delta +=
        contraction * 2 * d * d * ActivationCurvature(layer.activation, row.h[j]) * squared_norm;
    gradient.weight.row(j) += delta * row.x.transpose();
    gradient.bias[j] += delta;
  }
}

}  // namespace

ReferenceCaeLayer ToDouble(const LayerParameters& layer) {
  return {layer.encoder.weight.cast<double>(),
          layer.encoder.bias.cast<double>(),
          layer.decoder_weight.cast<double>(),
          layer.decoder_bias.cast<double>(),
          layer.encoder.activation,
          layer.decoder_activation};
}

VectorD ParametersOf(const ReferenceCaeLayer& layer) {
  VectorD flat(layer.weight.size() + layer.bias.size() + layer.decoder_bias.size() +
               layer.decoder_weight.size());
  flat << layer.weight.reshaped<Eigen::RowMajor>(), layer.bias, layer.decoder_bias,
      layer.decoder_weight.reshaped<Eigen::RowMajor>();
  return flat;
}

Index SetParameters(const VectorD& parameters, Index first, ReferenceCaeLayer& layer) {
  const auto take = [&](double* numbers, Index size) {
    std::copy_n(parameters.data() + first, size, numbers);
    first += size;
  };
  take(layer.weight.data(), layer.weight.size());
  take(layer.bias.data(), layer.bias.size());
  take(layer.decoder_bias.data(), layer.decoder_bias.size());
  take(layer.decoder_weight.data(), layer.decoder_weight.size());
  return first;
}

ReferenceCaeLoss ReferenceLoss(const ReferenceCaeLayer& layer, const MatrixD& inputs) {
  return ReferenceLoss(layer, inputs, inputs);
}

ReferenceCaeLoss ReferenceLoss(const ReferenceCaeLayer& layer, const MatrixD& inputs,
                               const MatrixD& targets) {
  ReferenceCaeLoss loss;
  for (Index i = 0; i < inputs.rows(); ++i) {
    const Row row = Forward(layer, inputs.row(i).transpose());
    loss.reconstruction += ReferenceReconstruction(
        layer.decoder_activation, row.output_preactivation, targets.row(i).transpose());
    loss.contraction += Jacobian(layer, row).squaredNorm();
  }
  loss.reconstruction /= static_cast<double>(inputs.rows());
  loss.contraction /= static_cast<double>(inputs.rows());
  return loss;
}

double ReferenceReconstruction(Activation activation, const VectorD& pre_activations,
                               const VectorD& targets) {
  double loss = 0;
  for (Index k = 0; k < targets.size(); ++k) {
    const double a = pre_activations[k];
    if (activation == Activation::kLogistic) {
      loss += Softplus(a) - targets[k] * a;
    } else {
      const double residual = Activate(activation, a) - targets[k];
      loss += 0.5 * residual * residual;
    }
  }
  return loss;
}

ReferenceNeighbourLoss ReferenceLossOfNeighbours(const ReferenceCaeLayer& layer,
                                                 const MatrixD& inputs, const MatrixD& neighbours) {
  ReferenceNeighbourLoss loss;
  for (Index i = 0; i < neighbours.rows(); ++i) {
    const Row row = Forward(layer, inputs.row(i % inputs.rows()).transpose());
    const Row there = Forward(layer, neighbours.row(i).transpose());
    loss.stability += (Jacobian(layer, row) - Jacobian(layer, there)).squaredNorm();
    loss.invariance += (row.h - there.h).squaredNorm();
  }
  const auto count = static_cast<double>(neighbours.rows());
  return {loss.stability / count, loss.invariance / count};
}

ReferenceCaeLayer ReferenceGradient(const ReferenceCaeLayer& layer, const MatrixD& inputs,
                                    double contraction) {
  ReferenceCaeLayer gradient = layer;
  gradient.weight.setZero();
  gradient.bias.setZero();
  gradient.decoder_weight.setZero();
  gradient.decoder_bias.setZero();
  for (Index i = 0; i < inputs.rows(); ++i) {
    AddRowGradient(layer, Forward(layer, inputs.row(i).transpose()), contraction, gradient);
  }
  const double mean = 1.0 / static_cast<double>(inputs.rows());
  gradient.weight *= mean;
  gradient.bias *= mean;
  gradient.decoder_weight *= mean;
  gradient.decoder_bias *= mean;
  return gradient;
}

}  // namespace cae
