#include "benchmarks/engine/work.h"

#include <chrono>
#include <latch>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "benchmarks/engine/works.h"
#include "core/base/check.h"

namespace cae::benchmarks {

absl::StatusOr<Arguments> Arguments::Parse(const std::vector<std::string>& words) {
  Arguments arguments;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("'", word, "' is not of the form name=value"));
    }
    arguments.values_[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return arguments;
}

Index Arguments::Number(const std::string& name, Index otherwise) const {
  asked_[name] = true;
  const auto found = values_.find(name);
  if (found == values_.end()) return otherwise;
  Index number = 0;
  CAE_CHECK(absl::SimpleAtoi(found->second, &number),
            absl::StrCat(name, "=", found->second, " is not a whole number"));
  return number;
}

std::string Arguments::Text(const std::string& name, const std::string& otherwise) const {
  asked_[name] = true;
  const auto found = values_.find(name);
  return found == values_.end() ? otherwise : found->second;
}

std::string Arguments::Unknown() const {
  for (const auto& [name, value] : values_) {
    if (asked_.find(name) == asked_.end()) return name;
  }
  return "";
}

const std::map<std::string, Measurement>& Measurements() {
  static const auto& measurements = *new std::map<std::string, Measurement>{
      {"raw_product", {"rows", MakeRawProduct}},
      {"encode", {"rows", MakeEncode}},
      {"chain", {"chain steps", MakeChain}},
      {"tangents", {"rows", MakeTangents}},
      {"drift", {"calls", MakeDrift}},
      {"noise", {"normals", MakeNoise}},
      {"read", {"bytes", MakeRead}},
  };
  return measurements;
}

double Throughput(const std::vector<std::unique_ptr<Work>>& works, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  std::latch ready(static_cast<std::ptrdiff_t>(works.size()));
  std::vector<double> rates(works.size());
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < works.size(); ++i) {
    threads.emplace_back([&, i] {
      ready.arrive_and_wait();
      const auto start = Clock::now();
      double units = 0;
      do {
        units += works[i]->Run();
      } while (since(start) < seconds);
      rates[i] = units / since(start);
    });
  }
  for (std::thread& thread : threads) thread.join();
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return sum;
}

}  // namespace cae::benchmarks
