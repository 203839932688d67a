#include "trainer/evaluation/sample_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/diagnostics/leading_directions.h"

namespace cae {
namespace {

// Rows for principal directions: more change nothing that can be seen.
constexpr Index kDirectionRows = 10'000;

Index ChoiceRowCount(const DataSet& data, const SampleScorer::Options& options) {
  const Index validation = ValidationRows(data.training.rows.rows());
  const bool shared = options.on == ScoredOn::kValidation;
  return std::min(options.choice_rows, shared ? validation / 2 : validation);
}

ConstMatrixView ChoiceRows(const DataSet& data, const SampleScorer::Options& options) {
  const Index all = data.training.rows.rows();
  return Rows(ConstMatrixView(data.training.rows), all - ValidationRows(all),
              ChoiceRowCount(data, options));
}

// What samples are compared with.
ConstMatrixView RealImages(const DataSet& data, const SampleScorer::Options& options) {
  if (options.on == ScoredOn::kTest) return data.test.rows;
  const Index all = data.training.rows.rows();
  const Index count = ValidationRows(all) - ChoiceRowCount(data, options);
  return Rows(ConstMatrixView(data.training.rows), all - count, count);
}

// 0 = all.
ConstMatrixView FirstRows(ConstMatrixView rows, Index count) {
  return Rows(rows, 0, count == 0 ? rows.rows() : std::min(count, rows.rows()));
}

// `count` rows, evenly spread over all of them, so that all chains have their part.
Matrix SpreadRows(ConstMatrixView rows, Index count) {
  Matrix spread(count, rows.cols());
  for (Index i = 0; i < count; ++i) spread.row(i) = rows.row(i * rows.rows() / count);
  return spread;
}

double ShareWithout(const std::vector<std::uint8_t>& flags, RowRange range) {
  const auto begin = flags.begin() + range.first;
  const auto with = std::accumulate(begin, begin + range.count, Index{0});
  return 1 - static_cast<double>(with) / static_cast<double>(range.count);
}

double Entropy(const std::vector<double>& shares) {
  double entropy = 0;
  for (const double share : shares) entropy -= share > 0 ? share * std::log(share) : 0;
  return entropy;
}

}  // namespace

absl::StatusOr<std::unique_ptr<SampleScorer>> SampleScorer::Make(const DataSet& data,
                                                                 const Judge& judge, Index samples,
                                                                 const Options& options,
                                                                 ThreadPool& pool) {
  if (data.test.rows.cols() != judge.input_units() || data.class_labels != judge.labels()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the judge is for images of ", judge.input_units(), " pixels and ", judge.classes(),
        " classes of its own; ", data.name, " has ", data.test.rows.cols(), " pixels and ",
        data.class_labels.size(), " classes; take a judge trained on these data"));
  }
  const Index real = RealImages(data, options).rows();
  if (std::min(samples, real) <= FeatureRegion::kNeighbours) {
    return absl::InvalidArgumentError(absl::StrCat(samples, " samples are compared with ", real,
                                                   " real images; it takes more than ",
                                                   FeatureRegion::kNeighbours, " of each"));
  }
  return std::unique_ptr<SampleScorer>(new SampleScorer(data, judge, samples, options, pool));
}

SampleScorer::SampleScorer(const DataSet& data, const Judge& judge, Index samples,
                           const Options& options, ThreadPool& pool)
    : data_(data),
      judge_(judge),
      pool_(pool),
      samples_(std::min(samples, RealImages(data, options).rows())),
      choice_rows_(ChoiceRows(data, options)),
      likelihood_rows_(FirstRows(RealImages(data, options), options.rows)) {
  real_features_ =
      judge
          .Classify(FirstRows(RealImages(data, options), samples_), Judge::Features::kInclude, pool)
          .features;
  real_region_.emplace(real_features_, FeatureRegion::kNeighbours, pool);
  real_moments_.emplace(MomentsOf(real_features_, pool));
  const ConstMatrixView rows = Rows(ConstMatrixView(data.training.rows), 0,
                                    std::min(kDirectionRows, data.training.rows.rows()));
  mean_ = rows.cast<double>().colwise().mean();
  const Matrix centred = (rows.cast<double>().rowwise() - mean_.transpose()).cast<float>();
  directions_ = LeadingRightSingularVectors(centred, kPrincipalDirections);
}

ImageScores SampleScorer::ScoreImages(ConstMatrixView images) const {
  ImageScores scores;
  scores.parzen = ScoreByParzen(images, choice_rows_, likelihood_rows_, pool_);
  const Judgement judgement = judge_.Classify(images, Judge::Features::kInclude, pool_);
  const Index n = images.rows();
  Index unrecognised = n, refused = n;
  scores.class_shares.assign(judge_.classes(), 0);
  for (Index i = 0; i < n; ++i) {
    unrecognised -= judgement.recognised[i];
    refused -= judgement.accepted[i];
    scores.confidence += judgement.confidences[i] / static_cast<double>(n);
    scores.class_shares[judgement.classes[i]] += 1 / static_cast<double>(n);
  }
  scores.unrecognised = EstimateShare(unrecognised, n);
  scores.refused = EstimateShare(refused, n);
  scores.class_entropy = Entropy(scores.class_shares);
  const Matrix features = SpreadRows(judgement.features, std::min(samples_, n));
  const FeatureRegion generated(features, FeatureRegion::kNeighbours, pool_);
  scores.precision_recall = MeasurePrecisionRecall(*real_region_, generated, pool_);
  scores.frechet_distance = real_moments_->DistanceTo(MomentsOf(features, pool_));
  return scores;
}

ImageScores SampleScorer::ScoreTrainingImages() const {
  return ScoreImages(Rows(ConstMatrixView(data_.training.rows), 0,
                          std::min(samples_, data_.training.rows.rows())));
}

absl::StatusOr<SampleScores> SampleScorer::Score(const DrawnSamples& samples,
                                                 const SampleProtocol& protocol,
                                                 const ScoreProgress& progress) const {
  const Index chains = protocol.strict_chains, states = protocol.strict_states;
  SampleScores scores;
  const Judgement judgement = judge_.Classify(samples.strict, Judge::Features::kLeaveOut, pool_);
  std::vector<double> likelihoods, unrecognised, refused;
  for (Index c = 0; c < chains; ++c) {
    CAE_RETURN_IF_ERROR(progress("scores", c, chains + 1));
    scores.strict_parzen.push_back(
        ScoreByParzen(Rows(ConstMatrixView(samples.strict), c * states, states), choice_rows_,
                      likelihood_rows_, pool_));
    likelihoods.push_back(scores.strict_parzen.back().log_likelihood.mean);
    unrecognised.push_back(ShareWithout(judgement.recognised, {c * states, states}));
    refused.push_back(ShareWithout(judgement.accepted, {c * states, states}));
  }
  scores.strict_log_likelihood = EstimateMean(likelihoods);
  scores.strict_unrecognised = EstimateMean(unrecognised);
  scores.strict_refused = EstimateMean(refused);
  MatrixD projections(samples.strict.rows(), kPrincipalDirections);
  for (Index i = 0; i < samples.strict.rows(); ++i) {
    projections.row(i) = directions_ * (samples.strict.row(i).transpose().cast<double>() - mean_);
  }
  scores.mixing = MeasureMixing(
      {chains, states, judge_.classes(), judgement.classes, judgement.recognised}, projections);
  CAE_RETURN_IF_ERROR(progress("scores", chains, chains + 1));
  scores.many = ScoreImages(samples.many);
  CAE_RETURN_IF_ERROR(progress("scores", chains + 1, chains + 1));
  return scores;
}

}  // namespace cae
