#include "core/serving/servable.h"

#include <utility>

namespace cae {

std::shared_ptr<Servable> MakeServable(std::shared_ptr<const Autoencoder> autoencoder) {
  auto servable = std::make_shared<Servable>();
  servable->statistics = std::make_shared<const SampleStatistics>(autoencoder);
  for (const SampleProcess process : {SampleProcess::kComposed, SampleProcess::kTopLayer}) {
    servable->steppers[static_cast<std::size_t>(process)] =
        std::make_shared<const ChainStepper>(*autoencoder, process);
  }
  servable->autoencoder = std::move(autoencoder);
  return servable;
}

}  // namespace cae
