// Work: one thing of the engine that can be measured, and how it is.
#ifndef CAE_BENCHMARKS_ENGINE_WORK_H_
#define CAE_BENCHMARKS_ENGINE_WORK_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "core/math/matrix.h"

namespace cae::benchmarks {

/// What a measurement is asked with: `rows=64 threads=2`. Every name asked for is noted, so that a
/// misspelt one can be refused. Thread-compatible.
class Arguments {
 public:
  /// INVALID_ARGUMENT for a word that is not name=value.
  static absl::StatusOr<Arguments> Parse(const std::vector<std::string>& words);

  /// The value, or `otherwise` where there is none. Stops the program if it is no number.
  Index Number(const std::string& name, Index otherwise) const;
  std::string Text(const std::string& name, const std::string& otherwise) const;
  /// A name that was given and never asked for; empty if there is none.
  std::string Unknown() const;

 private:
  std::map<std::string, std::string> values_;
  mutable std::map<std::string, bool> asked_;
};

/// Something that one thread can do again and again. Made before the clock starts;
/// thread-compatible.
class Work {
 public:
  virtual ~Work() = default;
  /// Does some of it, a millisecond to a few hundred; returns how many units (rows, steps, bytes).
  virtual double Run() = 0;
  /// What else there is to say about it, measured outside the clock: name → number. May be empty.
  virtual std::map<std::string, double> Facts() { return {}; }
};

/// Makes one for the calling thread.
using MakeWork = std::function<std::unique_ptr<Work>(const Arguments&)>;

/// Every measurement of this program by name, with the unit of its figure.
struct Measurement {
  std::string unit;
  MakeWork make;
};
const std::map<std::string, Measurement>& Measurements();

/// Runs the works, each on a thread of its own, all started together, until `seconds` have gone by
/// and each has run at least once. Returns units a second of all of them together.
double Throughput(const std::vector<std::unique_ptr<Work>>& works, double seconds);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_ENGINE_WORK_H_
