// CodeStatistics: how much of a layer's code can still move.
#ifndef CAE_TRAINER_EVALUATION_CODE_STATISTICS_H_
#define CAE_TRAINER_EVALUATION_CODE_STATISTICS_H_

#include "core/math/activation.h"
#include "core/math/matrix.h"

namespace cae {

/// A unit is saturated at a row where s'(a) is below 1/20 of its largest value: a logistic unit
/// outside of about (0.013, 0.987), a tanh unit beyond ±0.975, a ReLU that is off. An identity unit
/// never is.
struct CodeStatistics {
  double mean = 0;       ///< of all code units and rows
  double saturated = 0;  ///< share of units, mean over rows
  double dead = 0;       ///< share of units that are saturated at every row: they say nothing
};

/// Of the codes of at least one row, [rows, units]. Thread-safe.
CodeStatistics DescribeCodes(Activation activation, const Matrix& codes);

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_CODE_STATISTICS_H_
