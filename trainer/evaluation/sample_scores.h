// SampleScores: everything by which a sampler is judged, never one number alone.
#ifndef CAE_TRAINER_EVALUATION_SAMPLE_SCORES_H_
#define CAE_TRAINER_EVALUATION_SAMPLE_SCORES_H_

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "core/base/thread_pool.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/estimate.h"
#include "trainer/evaluation/frechet_distance.h"
#include "trainer/evaluation/judge.h"
#include "trainer/evaluation/mixing.h"
#include "trainer/evaluation/parzen.h"
#include "trainer/evaluation/precision_recall.h"
#include "trainer/evaluation/sample_protocol.h"

namespace cae {

/// Of a set of images without order.
struct ImageScores {
  ParzenScore parzen;
  Estimate unrecognised;  ///< share without Judgement::recognised, binomial
  Estimate refused;       ///< share without Judgement::accepted, binomial
  double confidence = 0;  ///< mean of Judgement::confidences
  PrecisionRecall precision_recall;
  double frechet_distance = 0;
  std::vector<double> class_shares;  ///< of the most probable classes
  double class_entropy = 0;          ///< of these shares, nats; ln 10 where ten are equal
};

/// Plain data.
struct SampleScores {
  // STRICT: estimates are means over chains with the spread of the chains.
  std::vector<ParzenScore> strict_parzen;  ///< one a chain
  Estimate strict_log_likelihood;
  Estimate strict_unrecognised, strict_refused;
  Mixing mixing;  ///< of all of them
  // MANY.
  ImageScores many;
};

/// Rows that samples are compared with. Choices are made on validation rows, results are test
/// rows'.
enum class ScoredOn { kTest, kValidation };

/// The last sixth of so many training rows, of MNIST the last 10,000: models must not have been
/// trained on them.
inline Index ValidationRows(Index training_rows) { return std::max<Index>(training_rows / 6, 1); }

/// Holds what samples are compared with: real images (ScoredOn) and their features, the rows that
/// choose the width of the Parzen window (the first 1,000 of the ValidationRows: of MNIST,
/// train[50000:51000]), principal directions of the training rows. The validation images that
/// samples are compared with are those after the choice rows.
class SampleScorer {
 public:
  struct Options {
    ScoredOn on = ScoredOn::kTest;
    Index rows = 0;             ///< the likelihood is that of the first so many; 0 = all
    Index choice_rows = 1'000;  ///< at most half of the ValidationRows where those are scored
  };
  static constexpr Index kPrincipalDirections = 3;

  /// `samples`: how many images are going to be compared in feature space, at least four: as many
  /// real ones are taken, or all there are. INVALID_ARGUMENT where judge and data do not fit. Data,
  /// judge and pool must outlive it.
  static absl::StatusOr<std::unique_ptr<SampleScorer>> Make(const DataSet& data, const Judge& judge,
                                                            Index samples, const Options& options,
                                                            ThreadPool& pool);

  const Judge& judge() const { return judge_; }

  /// Errors of `progress` alone.
  absl::StatusOr<SampleScores> Score(const DrawnSamples& samples, const SampleProtocol& protocol,
                                     const ScoreProgress& progress) const;

  /// Of any images, at least four.
  ImageScores ScoreImages(ConstMatrixView images) const;

  /// The line of reference: training images as samples, as many as are compared in feature space.
  ImageScores ScoreTrainingImages() const;

 private:
  SampleScorer(const DataSet& data, const Judge& judge, Index samples, const Options& options,
               ThreadPool& pool);

  const DataSet& data_;
  const Judge& judge_;
  ThreadPool& pool_;
  const Index samples_;  // compared in feature space
  ConstMatrixView choice_rows_;
  ConstMatrixView likelihood_rows_;  // the first of the real images
  Matrix real_features_;
  std::optional<FeatureRegion> real_region_;
  std::optional<FrechetReference> real_moments_;
  VectorD mean_;        // of the training rows
  MatrixD directions_;  // [kPrincipalDirections, units]
};

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_SAMPLE_SCORES_H_
