#include "trainer/evaluation/evaluation.h"

#include <algorithm>
#include <numeric>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

constexpr Index kRowsPerPiece = 100;

// What one piece of rows gives, each value at its row.
struct Measured {
  std::vector<double> losses;
  std::vector<double> contractions;  // of the first rows alone
  std::vector<Matrix> codes;         // one a layer
  std::vector<std::uint8_t> wrong;   // where there is a classifier
};

class Measurement {
 public:
  Measurement(const Autoencoder& model, const LabelledRows& data)
      : model_(model), data_(data), rows_(data.rows.rows()) {
    measured_.losses.resize(rows_);
    measured_.contractions.resize(model.layers() == 1 ? rows_
                                                      : std::min(rows_, kDeepContractionRows));
    for (int l = 1; l <= model.layers(); ++l) measured_.codes.emplace_back(rows_, model.units(l));
    if (model.has_classifier()) measured_.wrong.resize(rows_);
  }

  void MeasurePiece(Index first, Index count) {
    const ConstMatrixView rows = Rows(data_.rows, first, count);
    Workspace workspace;
    Matrix outputs(count, model_.input_units());
    Vector losses(count);
    model_.Reconstruct(rows, outputs, losses, workspace);
    for (Index i = 0; i < count; ++i) measured_.losses[first + i] = losses[i];
    for (int l = 1; l <= model_.layers(); ++l) {
      model_.Encode(rows, l, Rows(MatrixView(measured_.codes[l - 1]), first, count), workspace);
    }
    MeasureContractions(first, count, workspace);
    if (model_.has_classifier() && !data_.labels.empty()) CompareClasses(first, rows, workspace);
  }

  const Measured& measured() const { return measured_; }

 private:
  void MeasureContractions(Index first, Index count, Workspace& workspace) {
    count = std::min(count, static_cast<Index>(measured_.contractions.size()) - first);
    if (count <= 0) return;
    Vector norms(count);
    model_.Contractions(Rows(data_.rows, first, count), model_.layers(), norms, workspace);
    for (Index i = 0; i < count; ++i) measured_.contractions[first + i] = norms[i];
  }

  void CompareClasses(Index first, ConstMatrixView rows, Workspace& workspace) {
    Matrix logits(rows.rows(), model_.classes());
    model_.Logits(rows, logits, workspace);
    for (Index i = 0; i < rows.rows(); ++i) {
      Index best = 0;
      logits.row(i).maxCoeff(&best);
      measured_.wrong[first + i] = best != data_.labels[first + i];
    }
  }

  const Autoencoder& model_;
  const LabelledRows& data_;
  const Index rows_;
  Measured measured_;
};

}  // namespace

absl::StatusOr<Evaluation> EvaluateModel(const Autoencoder& model, const LabelledRows& data,
                                         const EvaluationOptions& options, ThreadPool& pool) {
  const Index rows = data.rows.rows();
  if (data.rows.cols() != model.input_units() || rows == 0) {
    return absl::InvalidArgumentError(absl::StrCat("the model takes ", model.input_units(),
                                                   " inputs; there are ", rows, " rows of ",
                                                   data.rows.cols()));
  }
  Measurement measurement(model, data);
  const Index pieces = (rows + kRowsPerPiece - 1) / kRowsPerPiece;
  for (Index piece = 0; piece < pieces; piece += pool.threads()) {
    const auto together = static_cast<int>(std::min<Index>(pool.threads(), pieces - piece));
    pool.ParallelFor(together, [&](int i) {
      const Index first = (piece + i) * kRowsPerPiece;
      measurement.MeasurePiece(first, std::min(kRowsPerPiece, rows - first));
    });
    options.on_progress("rows", std::min(rows, (piece + together) * kRowsPerPiece), rows);
  }
  const Measured& measured = measurement.measured();
  Evaluation evaluation;
  evaluation.reconstruction = EstimateMean(measured.losses);
  evaluation.contraction = EstimateMean(measured.contractions);
  for (int l = 1; l <= model.layers(); ++l) {
    evaluation.codes.push_back(
        DescribeCodes(model.parameters().layers[l - 1].encoder.activation, measured.codes[l - 1]));
  }
  if (model.has_classifier() && !data.labels.empty()) {
    const Index wrong = std::accumulate(measured.wrong.begin(), measured.wrong.end(), Index{0});
    evaluation.error = EstimateShare(wrong, rows);
  }
  const Index spectrum_rows = std::min(rows, options.spectrum_rows);
  if (spectrum_rows > 0) {
    evaluation.spectrum =
        MeasureSpectrum(model.parameters(), Rows(data.rows, 0, spectrum_rows), options.rank, pool,
                        [&](Index done) { options.on_progress("spectrum", done, spectrum_rows); });
  }
  return evaluation;
}

}  // namespace cae
