// A servable small enough that a step takes microseconds.
#ifndef CAE_TESTS_CORE_SERVING_SMALL_SERVABLE_H_
#define CAE_TESTS_CORE_SERVING_SMALL_SERVABLE_H_

#include <memory>

#include "core/serving/chain_stream.h"
#include "core/serving/servable.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"

namespace cae::testing {

/// Two layers, 12-9-7, with a classifier over 3 classes.
inline ServableHandle SmallServable() {
  ModelParameters parameters =
      RandomModelParameters({12, 9, 7}, {Activation::kLogistic}, Weights::kTied, 2);
  AddRandomClassifier({}, 3, 5, parameters);
  auto servable = MakeServable(*Autoencoder::Create(std::move(parameters)));
  servable->identity = {"small", 1, "digest", "fingerprint"};
  return servable;
}

/// Chains of it that start at random inputs; the starts depend on the chain's number alone.
inline ChainStreamSpec SmallSpec(const ServableHandle& servable, Index chains,
                                 std::int64_t first_chain = 0,
                                 SampleProcess process = SampleProcess::kComposed, Index rank = 0) {
  ChainStreamSpec spec;
  spec.servable = servable;
  spec.parameters = {42, 0.5, rank, process};
  spec.first_chain = first_chain;
  const Matrix all = RandomMatrix(1100, 12, 9, 0, 1);
  spec.states.resize(chains, servable->stepper(process).state_units());
  Workspace workspace;
  const Matrix inputs = all.middleRows(first_chain, chains);
  servable->stepper(process).InitialStates(inputs, spec.states, workspace);
  return spec;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_SERVING_SMALL_SERVABLE_H_
