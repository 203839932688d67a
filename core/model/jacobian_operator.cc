#include "core/model/jacobian_operator.h"

#include <algorithm>

namespace cae {

JacobianOperator::JacobianOperator(const ReferenceAutoencoder& model,
                                   const std::vector<VectorD>& states, int first)
    : model_(model), first_(first) {
  for (std::size_t i = 1; i < states.size(); ++i) {
    const Activation activation = model.stack()[first - 2 + i].activation;
    derivatives_.push_back(states[i].unaryExpr(
        [activation](double y) { return ActivationDerivative(activation, y); }));
  }
}

Index JacobianOperator::cols() const { return model_.stack()[first_ - 1].weight.cols(); }

VectorD JacobianOperator::Apply(const VectorD& v) const {
  VectorD result = v;
  for (std::size_t i = 0; i < derivatives_.size(); ++i) {
    const MatrixD& weight = model_.stack()[first_ - 1 + i].weight;
    result = derivatives_[i].cwiseProduct(weight * result).eval();
  }
  return result;
}

VectorD JacobianOperator::ApplyTransposed(const VectorD& u) const {
  VectorD result = u;
  for (std::size_t i = derivatives_.size(); i-- > 0;) {
    const MatrixD& weight = model_.stack()[first_ - 1 + i].weight;
    result = (weight.transpose() * derivatives_[i].cwiseProduct(result)).eval();
  }
  return result;
}

VectorD JacobianOperator::ApplyGram(const VectorD& u) const { return Apply(ApplyTransposed(u)); }

double JacobianOperator::SquaredFrobeniusNorm() const {
  if (derivatives_.size() == 1) {
    const MatrixD& weight = model_.stack()[first_ - 1].weight;
    return derivatives_[0].cwiseAbs2().dot(weight.rowwise().squaredNorm());
  }
  constexpr Index kBlock = 64;
  double sum = 0;
  for (Index begin = 0; begin < rows(); begin += kBlock) {
    sum += DenseRows(begin, std::min(kBlock, rows() - begin)).squaredNorm();
  }
  return sum;
}

MatrixD JacobianOperator::ToDense() const { return DenseRows(0, rows()); }

MatrixD JacobianOperator::DenseRows(Index begin, Index count) const {
  const std::size_t top = derivatives_.size() - 1;
  MatrixD block = derivatives_[top].segment(begin, count).asDiagonal() *
                  model_.stack()[first_ - 1 + top].weight.middleRows(begin, count);
  for (std::size_t i = top; i-- > 0;) {
    block = (block * derivatives_[i].asDiagonal() * model_.stack()[first_ - 1 + i].weight).eval();
  }
  return block;
}

}  // namespace cae
