// How the programs of this folder measure: sides take turns, and what is reported is the median of
// the turns.
#ifndef CAE_BENCHMARKS_TRAINING_MEASURE_H_
#define CAE_BENCHMARKS_TRAINING_MEASURE_H_

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

namespace cae::benchmarks {

inline double Seconds(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

/// Runs the sides one after the other, `turns` times, after one turn that does not count, and
/// returns each side's median seconds. On a shared machine a disturbance then hits all sides, not
/// one.
inline std::vector<double> Interleaved(int turns, const std::vector<std::function<void()>>& sides) {
  std::vector<std::vector<double>> seconds(sides.size());
  for (int turn = 0; turn <= turns; ++turn) {
    for (std::size_t side = 0; side < sides.size(); ++side) {
      const double took = Seconds(sides[side]);
      if (turn > 0) seconds[side].push_back(took);
    }
  }
  std::vector<double> medians;
  for (const std::vector<double>& values : seconds) medians.push_back(Median(values));
  return medians;
}

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_TRAINING_MEASURE_H_
