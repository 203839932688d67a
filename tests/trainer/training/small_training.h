// What the tests of training loops share: a toy problem, and an observer that remembers.
#ifndef CAE_TESTS_TRAINER_TRAINING_SMALL_TRAINING_H_
#define CAE_TESTS_TRAINER_TRAINING_SMALL_TRAINING_H_

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "tests/testing/random_matrix.h"
#include "trainer/training/training_observer.h"

namespace cae::testing {

/// Remembers every epoch; can end the run after some steps.
class Recorder : public TrainingObserver {
 public:
  absl::Status OnStep(const TrainingReport& report) override {
    EXPECT_LE(report.rows_done, report.rows);
    return ++steps == stop_after ? absl::CancelledError("enough") : absl::OkStatus();
  }
  absl::Status OnEpoch(const TrainingReport& report) override {
    epochs.push_back(report);
    return absl::OkStatus();
  }
  double Last(const std::string& name) const {
    for (const Metric& metric : epochs.back().validation) {
      if (metric.name == name) return metric.value;
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }

  int steps = 0, stop_after = -1;
  std::vector<TrainingReport> epochs;
};

/// Rows on a plane of two bars that come and go: a code of few units is enough.
inline Matrix Bars(Index rows, std::uint64_t seed) {
  const Matrix bars = RandomMatrix(rows, 2, seed, 0, 1);
  Matrix data = Matrix::Constant(rows, 20, 0.1f);
  for (Index i = 0; i < rows; ++i) {
    data.row(i).segment(2, 6).array() += 0.8f * std::round(bars(i, 0));
    data.row(i).segment(11, 6).array() += 0.8f * std::round(bars(i, 1));
  }
  return data;
}

/// The class of each of those rows: which bars there are.
inline std::vector<std::uint8_t> BarLabels(const Matrix& rows) {
  std::vector<std::uint8_t> labels;
  for (Index i = 0; i < rows.rows(); ++i) {
    labels.push_back((rows(i, 3) > 0.5f ? 1 : 0) + (rows(i, 12) > 0.5f ? 2 : 0));
  }
  return labels;
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_TRAINING_SMALL_TRAINING_H_
