#include "core/tangents/point_jacobian.h"

#include <algorithm>

#include "core/math/activation.h"

namespace cae {
namespace {

// One row of the weights at a time: Eigen would widen the whole matrix first.
VectorD Product(const Matrix& weight, const VectorD& v) {
  VectorD product(weight.rows());
  for (Index i = 0; i < weight.rows(); ++i) {
    product[i] = weight.row(i).cast<double>().transpose().dot(v);
  }
  return product;
}

VectorD TransposedProduct(const Matrix& weight, const VectorD& u) {
  VectorD product = VectorD::Zero(weight.cols());
  for (Index i = 0; i < weight.rows(); ++i) {
    if (u[i] != 0) product += u[i] * weight.row(i).cast<double>().transpose();
  }
  return product;
}

}  // namespace

PointJacobian::PointJacobian(const Autoencoder& model, int first, int last, const VectorD& below)
    : model_(model), first_(first) {
  VectorD state = below;
  for (int l = first; l <= last; ++l) {
    const DenseParameters& dense = model.parameters().layers[l - 1].encoder;
    const Activation activation = dense.activation;
    state = Product(dense.weight, state) + dense.bias.cast<double>();
    derivatives_.push_back(
        state.unaryExpr([activation](double a) { return ActivationDerivativeAt(activation, a); }));
    state = state.unaryExpr([activation](double a) { return Activate(activation, a); }).eval();
  }
}

bool PointJacobian::IsFinite() const {
  return std::all_of(derivatives_.begin(), derivatives_.end(),
                     [](const VectorD& diagonal) { return diagonal.allFinite(); });
}

const Matrix& PointJacobian::Weight(std::size_t i) const {
  return model_.parameters().layers[first_ - 1 + i].encoder.weight;
}

VectorD PointJacobian::Apply(const VectorD& v) const {
  VectorD result = v;
  for (std::size_t i = 0; i < derivatives_.size(); ++i) {
    result = derivatives_[i].cwiseProduct(Product(Weight(i), result)).eval();
  }
  return result;
}

VectorD PointJacobian::ApplyTransposed(const VectorD& u) const {
  VectorD result = u;
  for (std::size_t i = derivatives_.size(); i-- > 0;) {
    result = TransposedProduct(Weight(i), derivatives_[i].cwiseProduct(result));
  }
  return result;
}

MatrixD PointJacobian::ToDense() const {
  const std::size_t top = derivatives_.size() - 1;
  MatrixD dense = derivatives_[top].asDiagonal() * Weight(top).cast<double>();
  for (std::size_t i = top; i-- > 0;) {
    dense = (dense * derivatives_[i].asDiagonal() * Weight(i).cast<double>()).eval();
  }
  return dense;
}

}  // namespace cae
