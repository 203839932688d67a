#include "core/sampling/reference_chain.h"

#include "core/math/normal.h"
#include "core/model/jacobian_operator.h"
#include "core/tangents/dense_tangents.h"

namespace cae {

ReferenceChain::ReferenceChain(const ReferenceAutoencoder& model, const ChainParameters& parameters)
    : model_(model),
      parameters_(parameters),
      first_layer_(parameters.process == SampleProcess::kTopLayer ? model.layers() : 1) {}

Index ReferenceChain::state_units() const { return model_.stack()[first_layer_ - 1].weight.cols(); }

Vector ReferenceChain::InitialState(const Vector& input) const {
  if (first_layer_ == 1) return input;
  return model_.Forward(input.cast<double>(), 1, first_layer_ - 1).back().cast<float>();
}

ReferenceChain::Transition ReferenceChain::Step(const Vector& state, std::uint64_t chain,
                                                std::uint64_t step) const {
  const int top = model_.layers();
  const auto states = model_.Forward(state.cast<double>(), first_layer_, top);
  VectorD code = states.back();
  if (parameters_.noise_stddev > 0) {
    const JacobianOperator jacobian(model_, states, first_layer_);
    const VectorD noise = parameters_.noise_stddev *
                          StandardNormals(parameters_.seed, {chain, step}, jacobian.rows());
    if (parameters_.rank == 0) {
      code += jacobian.ApplyGram(noise);
    } else {
      const TangentSpace tangents = DenseTangents(jacobian, parameters_.rank);
      code += tangents.code_directions.transpose() *
              tangents.singular_values.cwiseAbs2().cwiseProduct(tangents.code_directions * noise);
    }
  }
  return {model_.Decode(code, top, first_layer_ - 1).cast<float>(), code.cast<float>()};
}

Vector ReferenceChain::Output(const Vector& state) const {
  if (first_layer_ == 1) return state;
  return model_.Decode(state.cast<double>(), first_layer_ - 1, 0).cast<float>();
}

}  // namespace cae
