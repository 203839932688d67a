// Judge: a fixed classifier that says what an image shows, and whether it shows anything.
#ifndef CAE_TRAINER_EVALUATION_JUDGE_H_
#define CAE_TRAINER_EVALUATION_JUDGE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "core/base/thread_pool.h"
#include "core/math/packed_dense.h"
#include "core/model/model_parameters.h"

namespace cae {

/// What a judge says of images, row by row.
struct Judgement {
  std::vector<std::uint8_t> classes;     ///< the most probable one
  std::vector<float> confidences;        ///< its probability
  std::vector<std::uint8_t> recognised;  ///< 1 where that is the judge's threshold or more
  Matrix features;                       ///< [n, feature_units()]; empty unless asked for
};

/// A classifier tower (ClassifierParameters) with calibrated probabilities. Its last class stands
/// for images that show none of the others; it is never "the most probable one", it only takes
/// probability away from them. Immutable and thread-safe but for the pool.
///
/// Features are the outputs of the last hidden layer, each row scaled to the length
/// √feature_units(). Without that, blurred and averaged images, which excite few units, lie between
/// all others, within the balls of the few real images that are far from their neighbours: averages
/// of two digits had a precision of 0.92, scaled 0.25, real ones 0.85 and 0.87.
class Judge {
 public:
  /// The label of the last class.
  static constexpr absl::string_view kNoneLabel = "none";
  // Keys of ModelCard::training, numbers in decimal.
  static constexpr char kTemperatureKey[] = "judge.temperature";
  static constexpr char kThresholdKey[] = "judge.threshold";

  /// INVALID_ARGUMENT where the model is no judge: it has no classifier tower, its last label is
  /// not kNoneLabel, or the card has no temperature and threshold.
  static absl::StatusOr<std::unique_ptr<Judge>> Create(const ModelParameters& model);

  Index input_units() const { return tower_.front().inputs(); }
  Index feature_units() const { return tower_.back().outputs(); }
  /// Without the last one.
  Index classes() const { return static_cast<Index>(labels_.size()); }
  const std::vector<std::string>& labels() const { return labels_; }
  double temperature() const { return temperature_; }
  double threshold() const { return threshold_; }

  enum class Features { kLeaveOut, kInclude };
  /// images: [n, input_units()]. Bits do not depend on the number of threads.
  Judgement Classify(ConstMatrixView images, Features features, ThreadPool& pool) const;

  /// Before the softmax, not divided by the temperature, [n, classes() + 1].
  Matrix Logits(ConstMatrixView images, ThreadPool& pool) const;

 private:
  Judge() = default;
  // features [n, feature_units()], logits [n, classes() + 1], on the calling thread.
  void Run(ConstMatrixView images, MatrixView features, MatrixView logits) const;

  std::vector<PackedDense> tower_;   // at least one
  std::vector<PackedDense> output_;  // exactly one
  std::vector<std::string> labels_;
  double temperature_ = 1;
  double threshold_ = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_JUDGE_H_
