// OptimiserOptions: which optimiser, and its constants.
#ifndef CAE_TRAINER_OPTIMISER_OPTIMISER_OPTIONS_H_
#define CAE_TRAINER_OPTIMISER_OPTIMISER_OPTIONS_H_

#include <memory>
#include <variant>

#include "trainer/optimiser/adam.h"
#include "trainer/optimiser/sgd.h"

namespace cae {

using OptimiserOptions = std::variant<AdamOptions, SgdOptions>;

inline std::unique_ptr<Optimiser> MakeOptimiser(const OptimiserOptions& options) {
  if (const auto* sgd = std::get_if<SgdOptions>(&options)) return std::make_unique<Sgd>(*sgd);
  return std::make_unique<Adam>(std::get<AdamOptions>(options));
}

}  // namespace cae

#endif  // CAE_TRAINER_OPTIMISER_OPTIMISER_OPTIONS_H_
