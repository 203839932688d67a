#include "trainer/evaluation/jacobian_spectrum.h"

#include <algorithm>

#include "core/model/jacobian_operator.h"
#include "core/model/reference_autoencoder.h"
#include "core/tangents/dense_tangents.h"

namespace cae {

JacobianSpectrum MeasureSpectrum(const ModelParameters& model, ConstMatrixView rows, Index rank,
                                 ThreadPool& pool, const std::function<void(Index)>& on_progress) {
  const ReferenceAutoencoder reference(model);
  rank = std::min({rank, model.input_units(), model.code_units()});
  JacobianSpectrum spectrum{MatrixD(rows.rows(), rank)};
  const Index together = pool.threads();
  for (Index first = 0; first < rows.rows(); first += together) {
    const Index count = std::min(together, rows.rows() - first);
    pool.ParallelFor(static_cast<int>(count), [&](int i) {
      const VectorD x = rows.row(first + i).cast<double>().transpose();
      const JacobianOperator jacobian(reference, reference.Forward(x, 1, reference.layers()), 1);
      spectrum.singular_values.row(first + i) =
          DenseTangents(jacobian, rank).singular_values.transpose();
    });
    on_progress(first + count);
  }
  return spectrum;
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double place = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double part = place - static_cast<double>(below);
  return values[below] + part * (values[above] - values[below]);
}

std::vector<SpectrumPoint> SummariseSpectrum(const JacobianSpectrum& spectrum) {
  std::vector<SpectrumPoint> points;
  for (Index k = 0; k < spectrum.singular_values.cols(); ++k) {
    const VectorD column = spectrum.singular_values.col(k);
    const std::vector<double> values(column.data(), column.data() + column.size());
    points.push_back({k + 1, column.mean(), Quantile(values, 0.1), Quantile(values, 0.5),
                      Quantile(values, 0.9)});
  }
  return points;
}

}  // namespace cae
