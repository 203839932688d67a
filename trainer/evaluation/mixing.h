// Mixing: how chains move between classes and along the main directions of the data.
#ifndef CAE_TRAINER_EVALUATION_MIXING_H_
#define CAE_TRAINER_EVALUATION_MIXING_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/math/matrix.h"

namespace cae {

/// What a judge says of the consecutive states of several chains of one length: state t of chain c
/// at c · steps + t. A view.
struct ChainClasses {
  Index chains = 0;
  Index steps = 0;
  Index classes = 0;                          ///< how many there are
  absl::Span<const std::uint8_t> states;      ///< the most probable class of each state
  absl::Span<const std::uint8_t> recognised;  ///< 0 where the state is unrecognised
};

/// Distinct classes among so many consecutive states of one chain, over windows that follow one
/// another without overlap; a rest is left out.
struct VisitedClasses {
  Index window = 0;
  double mean = 0;             ///< of all windows; 0 where chains are shorter than a window
  double recognised_mean = 0;  ///< counting only classes of recognised states
  std::vector<double> shares;  ///< of windows with k distinct classes, at [k]; classes + 1 of them
};

/// Split R-hat and effective sample size (core/diagnostics) of one series of numbers a chain;
/// nullopt where it does not vary or is too short.
struct SeriesMixing {
  std::optional<double> split_r_hat;
  std::optional<double> effective_sample_size;
};

struct Mixing {
  std::vector<VisitedClasses> visited;  ///< in 10, 20 and 100 states
  double dwell = 0;     ///< mean number of states from entering a class to leaving it
  MatrixD transitions;  ///< [classes, classes]: share of states of class j among those that follow
                        ///< class i; a row of zeros where i never came
  std::vector<SeriesMixing> class_indicators;      ///< of 1{class = c}, one a class
  std::vector<SeriesMixing> principal_components;  ///< as many as there were directions
  std::optional<double> worst_r_hat;               ///< the largest of all; far above 1 where chains
                                                   ///< are stuck in classes of their own
  std::optional<double> smallest_sample_size;      ///< the smallest of all of them
};

inline constexpr Index kVisitWindows[] = {10, 20, 100};

/// The paper's measure ("Better mixing via deep representations", ICML 2013), with its histogram.
VisitedClasses CountVisitedClasses(const ChainClasses& chains, Index window);

/// States a visit of a class: those of all chains, divided by the number of runs of equal classes.
/// A run that begins or ends with its chain counts as it is, so a chain that never leaves its class
/// has its length.
double MeanDwell(const ChainClasses& chains);

/// Everything. `projections`: the states' coordinates along some directions, [chains · steps,
/// directions] in the order of `chains`.
Mixing MeasureMixing(const ChainClasses& chains, const MatrixD& projections);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_MIXING_H_
