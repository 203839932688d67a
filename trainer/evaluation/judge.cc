#include "trainer/evaluation/judge.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "trainer/evaluation/squared_distances.h"

namespace cae {
namespace {

constexpr Index kRowsPerPiece = 256;

absl::StatusOr<double> NumberOf(const ModelCard& card, const char* key) {
  const auto found = card.training.find(key);
  double number = 0;
  if (found == card.training.end() || !absl::SimpleAtod(found->second, &number) ||
      !std::isfinite(number)) {
    return absl::InvalidArgumentError(absl::StrCat("it is no judge: its card has no number ", key));
  }
  return number;
}

// To a mean square of 1; a row of zeros stays one.
void ScaleRows(Matrix& rows) {
  for (Index i = 0; i < rows.rows(); ++i) {
    const double squares = rows.row(i).cast<double>().squaredNorm();
    if (squares == 0) continue;
    rows.row(i) *= static_cast<float>(std::sqrt(static_cast<double>(rows.cols()) / squares));
  }
}

absl::StatusOr<PackedDense> Pack(const DenseParameters& dense) {
  PackedDense::Options options;
  options.outputs = {PackedDense::Output::kActivated};
  return PackedDense::Pack(dense.weight, PackedDense::Layout::kOutputsByInputs, dense.bias,
                           dense.activation, options);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Judge>> Judge::Create(const ModelParameters& model) {
  CAE_RETURN_IF_ERROR(Validate(model));
  const std::vector<std::string>& labels = model.card.class_labels;
  if (model.classifier.layers.empty() || labels.size() < 2 || labels.back() != kNoneLabel) {
    return absl::InvalidArgumentError(absl::StrCat(
        "it is no judge: it needs a classifier with layers of its own whose last class is '",
        kNoneLabel, "'"));
  }
  if (model.input_offset.size() > 0) {
    return absl::InvalidArgumentError("it is no judge: it takes standardised inputs");
  }
  std::unique_ptr<Judge> judge(new Judge);
  CAE_ASSIGN_OR_RETURN(judge->temperature_, NumberOf(model.card, kTemperatureKey));
  CAE_ASSIGN_OR_RETURN(judge->recognition_threshold_,
                       NumberOf(model.card, kRecognitionThresholdKey));
  CAE_ASSIGN_OR_RETURN(judge->acceptance_threshold_, NumberOf(model.card, kAcceptanceThresholdKey));
  if (judge->temperature_ <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is no judge: ", kTemperatureKey, " is not above 0"));
  }
  judge->labels_.assign(labels.begin(), labels.end() - 1);
  for (const DenseParameters& layer : model.classifier.layers) {
    CAE_ASSIGN_OR_RETURN(PackedDense packed, Pack(layer));
    judge->tower_.push_back(std::move(packed));
  }
  CAE_ASSIGN_OR_RETURN(PackedDense output, Pack(model.classifier.output));
  judge->output_.push_back(std::move(output));
  return judge;
}

void Judge::Run(ConstMatrixView images, MatrixView features, MatrixView logits) const {
  Workspace workspace;
  Matrix below = images;
  for (const PackedDense& layer : tower_) {
    Matrix above(images.rows(), layer.outputs());
    layer.Apply(below, PackedDense::Output::kActivated, above, workspace);
    below.swap(above);
  }
  features = below;
  output_.front().Apply(below, PackedDense::Output::kActivated, logits, workspace);
}

Judgement Judge::Classify(ConstMatrixView images, Features features, ThreadPool& pool) const {
  CAE_CHECK(images.cols() == input_units(), "images of the judge's size");
  const Index n = images.rows();
  Judgement judgement;
  judgement.classes.resize(n);
  judgement.confidences.resize(n);
  judgement.recognised.resize(n);
  judgement.acceptances.resize(n);
  judgement.accepted.resize(n);
  if (features == Features::kInclude) judgement.features.resize(n, feature_units());
  const std::vector<RowRange> pieces = CutRows(n, kRowsPerPiece);
  pool.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    const auto [first, count] = pieces[p];
    Matrix of_piece(count, feature_units()), logits(count, classes() + 1);
    Run(Rows(images, first, count), of_piece, logits);
    if (features == Features::kInclude) {
      ScaleRows(of_piece);
      judgement.features.middleRows(first, count) = of_piece;
    }
    for (Index i = 0; i < count; ++i) {
      const Eigen::ArrayXd z = logits.row(i).transpose().cast<double>() / temperature_;
      Index best = 0;
      const double largest = z.head(classes()).maxCoeff(&best);
      const Eigen::ArrayXd odds = (z - largest).exp();
      const auto confidence = static_cast<float>(1 / odds.head(classes()).sum());
      const auto acceptance = static_cast<float>(1 / odds.sum());
      judgement.classes[first + i] = static_cast<std::uint8_t>(best);
      judgement.confidences[first + i] = confidence;
      judgement.recognised[first + i] = confidence >= recognition_threshold_ ? 1 : 0;
      judgement.acceptances[first + i] = acceptance;
      judgement.accepted[first + i] = acceptance >= acceptance_threshold_ ? 1 : 0;
    }
  });
  return judgement;
}

Matrix Judge::Logits(ConstMatrixView images, ThreadPool& pool) const {
  Matrix all(images.rows(), classes() + 1);
  const std::vector<RowRange> pieces = CutRows(images.rows(), kRowsPerPiece);
  pool.ParallelFor(static_cast<int>(pieces.size()), [&](int p) {
    const auto [first, count] = pieces[p];
    Matrix features(count, feature_units());
    Run(Rows(images, first, count), features, Rows(MatrixView(all), first, count));
  });
  return all;
}

}  // namespace cae
