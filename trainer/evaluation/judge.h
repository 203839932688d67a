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
  std::vector<std::uint8_t> classes;     ///< the most probable class c
  std::vector<float> confidences;        ///< p_c / (1 - p_none): as if there were no "none"
  std::vector<std::uint8_t> recognised;  ///< 1 where that is recognition_threshold() or more
  std::vector<float> acceptances;        ///< p_c: small, too, where the image looks like none
  std::vector<std::uint8_t> accepted;    ///< 1 where that is acceptance_threshold() or more
  Matrix features;                       ///< [n, feature_units()]; empty unless asked for
};

/// A classifier tower (ClassifierParameters) with calibrated probabilities. Its last class stands
/// for images that show none of the others; it is never "the most probable one", it only takes
/// probability away from them. Immutable and thread-safe but for the pool.
///
/// It says of an image two things. Unrecognised: no class has much of the probability that the
/// classes have among themselves; so does every calibrated classifier say it, and so do other
/// people's numbers mean it. Refused: no class has much of all probability, "none" included, which
/// knows blanks, halves and mixtures that a classifier without it puts into some class with
/// confidence; this is harder by far. Both thresholds are set at one share of the test images.
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
  static constexpr char kRecognitionThresholdKey[] = "judge.recognition_threshold";
  static constexpr char kAcceptanceThresholdKey[] = "judge.acceptance_threshold";

  /// INVALID_ARGUMENT where the model is no judge: it has no classifier tower, its last label is
  /// not kNoneLabel, or the card has no temperature and thresholds.
  static absl::StatusOr<std::unique_ptr<Judge>> Create(const ModelParameters& model);

  Index input_units() const { return tower_.front().inputs(); }
  Index feature_units() const { return tower_.back().outputs(); }
  /// Without the last one.
  Index classes() const { return static_cast<Index>(labels_.size()); }
  const std::vector<std::string>& labels() const { return labels_; }
  double temperature() const { return temperature_; }
  double recognition_threshold() const { return recognition_threshold_; }
  double acceptance_threshold() const { return acceptance_threshold_; }

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
  double recognition_threshold_ = 0, acceptance_threshold_ = 0;
};

}  // namespace cae

#endif  // CAE_TRAINER_EVALUATION_JUDGE_H_
