#include "core/tangents/tangent_batch.h"

#include <cmath>
#include <limits>

namespace cae {

void TangentBatch::Resize(Index points, Index rank, Index input_units, Index code_units) {
  singular_values.resize(points, rank);
  residuals.resize(points, rank);
  directions.resize(points * rank, input_units);
  code_directions.resize(points * rank, code_units);
}

void TangentBatch::Set(Index point, const TangentSpace& space) {
  singular_values.row(point) = space.singular_values.cast<float>();
  residuals.row(point) = space.residuals.cast<float>();
  directions.middleRows(point * rank(), rank()) = space.directions.cast<float>();
  code_directions.middleRows(point * rank(), rank()) = space.code_directions.cast<float>();
  FixSigns(point);  // rounding may have made a tie
}

void TangentBatch::SetNotFinite(Index point) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  singular_values.row(point).setConstant(kNan);
  residuals.row(point).setConstant(kNan);
  directions.middleRows(point * rank(), rank()).setConstant(kNan);
  code_directions.middleRows(point * rank(), rank()).setConstant(kNan);
}

void TangentBatch::FixSigns(Index point) {
  for (Index i = point * rank(); i < (point + 1) * rank(); ++i) {
    const float* const v = directions.row(i).data();
    Index largest = 0;
    for (Index j = 1; j < directions.cols(); ++j) {
      if (std::abs(v[j]) > std::abs(v[largest])) largest = j;
    }
    if (v[largest] >= 0) continue;
    directions.row(i) = -directions.row(i);
    code_directions.row(i) = -code_directions.row(i);
  }
}

}  // namespace cae
