#include "trainer/study/study_results.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "trainer/study/study_quantity.h"

namespace cae {
namespace {

using study::v1::Limit;
using study::v1::Quantity;

// What WriteQualityMixingPlot reads; 0 where it is not there.
SampleScores ScoresFor(const nlohmann::json& result) {
  const auto number = [&result](Quantity quantity) {
    return QuantityIn(result, quantity).value_or(0);
  };
  const auto error = [&result](const char* place) {
    return NumberAt(result, absl::StrCat("/samplers/0/scores/0", place)).value_or(0);
  };
  SampleScores scores;
  scores.strict_log_likelihood = {number(study::v1::QUANTITY_PARZEN_STRICT),
                                  error("/strict/log_likelihood/standard_error"), 0};
  scores.strict_unrecognised = {number(study::v1::QUANTITY_UNRECOGNISED) / 100,
                                error("/strict/unrecognised/standard_error"), 0};
  scores.strict_refused = {number(study::v1::QUANTITY_REFUSED) / 100,
                           error("/strict/refused/standard_error"), 0};
  scores.many.precision_recall = {number(study::v1::QUANTITY_PRECISION),
                                  number(study::v1::QUANTITY_RECALL)};
  scores.many.frechet_distance = number(study::v1::QUANTITY_FRECHET);
  scores.mixing.visited = {{10, number(study::v1::QUANTITY_CLASSES_IN_10), 0, {}}};
  return scores;
}

}  // namespace

std::optional<double> StudyResults::Chosen(int subject) const {
  return ChooseSetting(Outcomes(subject), BoundsOf(study_));
}

int StudyResults::Models(int subject) const {
  return static_cast<int>(std::count_if(steps_.begin(), steps_.end(), [&](const StudyStep& step) {
    return step.subject == subject && step.kind == StepKind::kTrain;
  }));
}

std::vector<double> StudyResults::Values(int subject, Quantity quantity,
                                         std::optional<double> setting) const {
  const StepKind kind = TraitsOf(quantity).step;
  const std::optional<double> chosen = Chosen(subject);
  if (!setting.has_value()) setting = chosen;
  std::vector<double> values;
  std::set<std::uint64_t> seeds;  // a setting that goals name may be the chosen one
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const StudyStep& step = steps_[i];
    if (step.subject != subject || step.kind != kind) continue;
    if (records_[i].state != StepRecord::State::kDone) continue;
    const std::optional<double> at = step.setting.has_value() ? step.setting : chosen;
    if (kind == StepKind::kScore && at != setting) continue;
    const std::optional<double> value = QuantityIn(records_[i].result, quantity);
    if (value.has_value() && seeds.insert(step.seed).second) values.push_back(*value);
  }
  return values;
}

std::optional<Estimate> StudyResults::Over(int subject, Quantity quantity,
                                           std::optional<double> setting) const {
  const std::vector<double> values = Values(subject, quantity, setting);
  if (values.empty()) return std::nullopt;
  return EstimateMean(values);
}

int StudyResults::SubjectOf(const std::string& name) const {
  int s = 0;
  while (s < study_.subjects_size() && study_.subjects(s).name() != name) ++s;
  return s;
}

std::optional<double> StudyResults::BoundOf(const Limit& limit) const {
  if (limit.has_at_least()) return limit.at_least();
  if (limit.has_at_most()) return limit.at_most();
  const std::optional<double> setting =
      limit.has_setting() ? std::optional(limit.setting()) : std::nullopt;
  const std::optional<Estimate> other =
      Over(SubjectOf(limit.as_good_as()), limit.quantity(), setting);
  if (!other.has_value()) return std::nullopt;
  const bool large = TraitsOf(limit.quantity()).large_is_good;
  return large ? limit.factor() * other->mean : other->mean / limit.factor();
}

bool StudyResults::Holds(int subject, const Limit& limit, bool& known) const {
  const std::optional<Estimate> own = Over(subject, limit.quantity());
  const std::optional<double> bound = BoundOf(limit);
  known = own.has_value() && bound.has_value();
  if (!known) return false;
  const bool at_least =
      limit.has_at_least() || (limit.has_as_good_as() && TraitsOf(limit.quantity()).large_is_good);
  return at_least ? own->mean >= *bound : own->mean <= *bound;
}

Verdict StudyResults::Judge(int subject, const study::v1::Goal& goal) const {
  const auto all = [&](const auto& limits, bool& known) {
    bool hold = true;
    known = true;
    for (const Limit& limit : limits) {
      bool known_here = false;
      hold = Holds(subject, limit, known_here) && hold;
      known = known && known_here;
    }
    return hold;
  };
  bool known = false;
  const bool reached = all(goal.reach(), known);
  if (!known) return Verdict::kUnknown;
  if (!reached) return Verdict::kMissed;
  const bool beyond = goal.beyond_size() > 0 && all(goal.beyond(), known);
  return beyond ? Verdict::kBeyond : Verdict::kReached;
}

SampleReport StudyResults::Curves(study::v1::Group group) const {
  SampleReport report;
  for (int s = 0; s < study_.subjects_size(); ++s) {
    const study::v1::Subject& subject = study_.subjects(s);
    const bool baseline = subject.group() == study::v1::GROUP_BASELINE;
    if (subject.group() != group && !baseline) continue;
    SamplerScores sampler{subject.name(), baseline ? "transitions" : "noise", {}};
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const StudyStep& step = steps_[i];
      if (step.subject != s || step.seed != 1 || step.kind != StepKind::kScore) continue;
      if (records_[i].state != StepRecord::State::kDone) continue;
      sampler.settings.push_back({*step.setting, ScoresFor(records_[i].result)});
    }
    if (!sampler.settings.empty()) report.samplers.push_back(std::move(sampler));
  }
  const nlohmann::json* const any = AnyScores();
  if (any != nullptr && any->contains("training_images")) {
    const nlohmann::json& real = (*any)["training_images"];
    const auto number = [&real](const char* place) { return NumberAt(real, place).value_or(0); };
    report.training_images.frechet_distance = number("/frechet_distance");
    report.training_images.precision_recall = {number("/precision"), number("/recall")};
    report.training_images.parzen.log_likelihood.mean = number("/parzen/log_likelihood/mean");
  }
  return report;
}

bool StudyResults::Repeats(std::size_t step) const {
  const StudyStep& one = steps_[step];
  return one.kind == StepKind::kScore && one.seed > 1 && one.setting.has_value() &&
         one.setting == Chosen(one.subject);
}

int StudyResults::Judges() const {
  std::set<nlohmann::json> distances;
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].kind != StepKind::kScore || records_[i].state != StepRecord::State::kDone)
      continue;
    const auto distance = NumberAt(records_[i].result, "/training_images/frechet_distance");
    if (distance.has_value()) distances.insert(*distance);
  }
  return static_cast<int>(distances.size());
}

const nlohmann::json* StudyResults::AnyScores() const {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    if (steps_[i].kind == StepKind::kScore && records_[i].state == StepRecord::State::kDone) {
      return &records_[i].result;
    }
  }
  return nullptr;
}

std::string DescribeLimit(const Limit& limit) {
  const QuantityTraits& traits = TraitsOf(limit.quantity());
  if (limit.has_at_least()) {
    return absl::StrCat(traits.name, " ≥ ", limit.at_least(), traits.unit);
  }
  if (limit.has_at_most()) return absl::StrCat(traits.name, " ≤ ", limit.at_most(), traits.unit);
  const char* const sign = traits.large_is_good ? " ≥ " : " ≤ ";
  const double factor = traits.large_is_good ? limit.factor() : 1 / limit.factor();
  return absl::StrCat(traits.name, sign, factor == 1 ? "" : absl::StrCat(factor, " × "), "that of ",
                      limit.as_good_as(),
                      limit.has_setting() ? absl::StrCat(" at ", limit.setting()) : "");
}

}  // namespace cae
