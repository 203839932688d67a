#include "server/requests/sample_plan.h"

#include "proto/codec/tensor_check.h"

namespace cae {

std::int64_t SamplePlan::DrawBytes() const {
  const Autoencoder& model = *spec.servable->autoencoder;
  const Index units = model.input_units() + (include_codes ? model.code_units() : Index{0});
  return chains * units * ElementBytes(format.type);
}

Index SamplePlan::StateUnits() const {
  const Autoencoder& model = *spec.servable->autoencoder;
  const bool top = spec.parameters.process == SampleProcess::kTopLayer;
  return top ? model.units(model.layers() - 1) : model.input_units();
}

std::int64_t SamplePlan::StateBytes() const {
  return chains * StateUnits() * ElementBytes(v1::DATA_TYPE_FLOAT32);
}

}  // namespace cae
