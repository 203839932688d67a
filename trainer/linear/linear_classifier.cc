#include "trainer/linear/linear_classifier.h"

#include <lbfgs.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "core/math/gemm.h"

namespace cae {
namespace {

static_assert(sizeof(lbfgsfloatval_t) == sizeof(double));

// Rows are cut into so many groups, whatever the number of threads, and their sums added in order.
constexpr Index kGroups = 16;
constexpr Index kRowsPerProduct = 512;

// Calls work(group, first row, rows) for pieces of rows, those of a group one after the other.
template <typename Work>
void ForRowsInGroups(Index rows, ThreadPool& pool, const Work& work) {
  pool.ParallelFor(static_cast<int>(kGroups), [&](int group) {
    const Index last = rows * (group + 1) / kGroups;
    for (Index first = rows * group / kGroups; first < last; first += kRowsPerProduct) {
      work(group, first, std::min(kRowsPerProduct, last - first));
    }
  });
}

// Standard deviations of features over their root mean square, at least kLeast.
VectorD ScalesOf(ConstMatrixView rows, const Vector& mean) {
  // Pixels that hardly a row uses would count as much as all others.
  constexpr double kLeast = 0.2;
  VectorD variance = VectorD::Zero(rows.cols());
  for (Index i = 0; i < rows.rows(); ++i) {
    variance += (rows.row(i).transpose() - mean).cast<double>().cwiseAbs2();
  }
  const double all = variance.mean();
  if (all == 0) return VectorD::Ones(rows.cols());
  return (variance / all).cwiseSqrt().cwiseMax(kLeast);
}

// The objective. Rows are taken relative to their mean, which moves the bias alone, and in units of
// their scales: both make the function far less ill-conditioned. The mean is taken off the products
// and the scales off the weights, not off the rows.
class Objective {
 public:
  Objective(const LabelledRows& data, Index classes, const LinearTrainingOptions& options,
            ThreadPool& pool)
      : data_(data),
        classes_(classes),
        features_(data.rows.cols()),
        options_(options),
        pool_(pool),
        mean_(data.rows.cast<double>().colwise().mean().cast<float>().transpose()),
        scale_(ScalesOf(data.rows, mean_)),
        weight_(classes, features_),
        groups_(kGroups) {}

  Index parameters() const { return classes_ * (features_ + 1); }

  // `x` is W of scaled rows, row after row, then the bias of centred rows.
  void Put(const LinearClassifier& classifier, double* x) const {
    Eigen::Map<MatrixD>(x, classes_, features_) =
        classifier.weight.cast<double>() * scale_.asDiagonal();
    Eigen::Map<VectorD>(x + classes_ * features_, classes_) =
        (classifier.bias + classifier.weight * mean_).cast<double>();
  }
  LinearClassifier Get(const double* x) const {
    LinearClassifier classifier;
    classifier.weight =
        (Eigen::Map<const MatrixD>(x, classes_, features_) * scale_.cwiseInverse().asDiagonal())
            .cast<float>();
    classifier.bias = Eigen::Map<const VectorD>(x + classes_ * features_, classes_).cast<float>() -
                      classifier.weight * mean_;
    return classifier;
  }

  double Evaluate(const double* x, double* gradient) {
    const LinearClassifier classifier = Get(x);
    weight_ = classifier.weight;
    for (Group& group : groups_) group.Reset(classes_, features_);
    ForRowsInGroups(data_.rows.rows(), pool_, [&](Index group, Index first, Index count) {
      AddRows(classifier.bias, first, count, groups_[group]);
    });
    const Eigen::Map<const MatrixD> weight(x, classes_, features_);
    Eigen::Map<MatrixD> by_weight(gradient, classes_, features_);
    Eigen::Map<VectorD> by_bias(gradient + classes_ * features_, classes_);
    double loss = 0;
    by_weight.setZero();
    by_bias.setZero();
    for (const Group& group : groups_) {
      loss += group.loss;
      by_weight += group.by_weight.cast<double>();
      by_bias += group.by_bias;
    }
    const double n = static_cast<double>(data_.rows.rows());
    by_weight -= by_bias * mean_.cast<double>().transpose();
    by_weight = by_weight * (scale_ * n).cwiseInverse().asDiagonal();
    by_weight += options_.regularisation * weight;
    by_bias /= n;
    return loss / n + 0.5 * options_.regularisation * weight.squaredNorm();
  }

  const LinearTrainingOptions& options() const { return options_; }
  int iterations = 0;
  absl::Status stopped;

 private:
  struct Group {
    double loss = 0;
    Matrix by_weight;
    VectorD by_bias;
    Matrix scores;

    void Reset(Index classes, Index features) {
      loss = 0;
      by_weight.setZero(classes, features);
      by_bias.setZero(classes);
      scores.resize(kRowsPerProduct, classes);
    }
  };

  void AddRows(const Vector& bias, Index first, Index count, Group& group) const {
    MatrixRef scores = group.scores.topRows(count);
    Gemm(Transpose::kNo, Transpose::kYes, 1, data_.rows.middleRows(first, count), weight_, 0,
         scores);
    for (Index i = 0; i < count; ++i) {
      for (Index c = 0; c < classes_; ++c) {
        const float y = data_.labels[first + i] == c ? 1.0f : -1.0f;
        const float slack = std::max(0.0f, 1 - y * (scores(i, c) + bias[c]));
        group.loss += double{slack} * slack;
        scores(i, c) = -2 * y * slack;
        group.by_bias[c] += scores(i, c);
      }
    }
    Gemm(Transpose::kYes, Transpose::kNo, 1, scores, data_.rows.middleRows(first, count), 1,
         group.by_weight);
  }

  const LabelledRows data_;
  const Index classes_, features_;
  const LinearTrainingOptions& options_;
  ThreadPool& pool_;
  const Vector mean_;
  const VectorD scale_;
  Matrix weight_;
  std::vector<Group> groups_;
};

double EvaluateForLibrary(void* objective, const double* x, double* gradient, int size, double) {
  auto& self = *static_cast<Objective*>(objective);
  // The library rounds the number of variables up.
  std::fill(gradient + self.parameters(), gradient + size, 0.0);
  return self.Evaluate(x, gradient);
}

int AskWhetherToStop(void* objective, const double*, const double*, double, double, double, double,
                     int, int iteration, int) {
  auto& self = *static_cast<Objective*>(objective);
  self.iterations = iteration;
  self.stopped = self.options().check();
  return self.stopped.ok() ? 0 : 1;
}

// Line searches that find no better point have met the rounding of the gradient.
bool Converged(int result) {
  switch (result) {
    case LBFGS_SUCCESS:
    case LBFGS_STOP:
    case LBFGS_ALREADY_MINIMIZED:
    case LBFGSERR_MAXIMUMITERATION:
    case LBFGSERR_ROUNDING_ERROR:
    case LBFGSERR_MAXIMUMLINESEARCH:
    case LBFGSERR_MINIMUMSTEP:
    case LBFGSERR_WIDTHTOOSMALL:
      return true;
    default:
      return false;
  }
}

}  // namespace

absl::StatusOr<LinearFit> TrainLinearClassifier(const LabelledRows& data, Index classes,
                                                const LinearTrainingOptions& options,
                                                const LinearClassifier& start, ThreadPool& pool) {
  CAE_CHECK(data.rows.rows() > 0, "a classifier without rows");
  Objective objective(data, classes, options, pool);
  const auto size = static_cast<int>(objective.parameters());
  const std::unique_ptr<double, decltype(&lbfgs_free)> x(lbfgs_malloc(size), &lbfgs_free);
  if (x == nullptr) return absl::ResourceExhaustedError("no memory for a linear classifier");
  if (start.weight.size() > 0) {
    objective.Put(start, x.get());
  } else {
    std::fill(x.get(), x.get() + size, 0.0);
  }
  lbfgs_parameter_t parameters;
  lbfgs_parameter_init(&parameters);
  parameters.m = 20;
  parameters.epsilon = 1e-6;
  parameters.past = 10;
  parameters.delta = options.tolerance;
  parameters.max_iterations = options.max_iterations;
  LinearFit fit;
  const int result = lbfgs(size, x.get(), &fit.objective, EvaluateForLibrary, AskWhetherToStop,
                           &objective, &parameters);
  CAE_RETURN_IF_ERROR(objective.stopped);
  if (!Converged(result) || !std::isfinite(fit.objective)) {
    return absl::InternalError(absl::StrCat("the linear classifier with regularisation ",
                                            options.regularisation, " failed: libLBFGS says ",
                                            result, ", the objective is ", fit.objective));
  }
  fit.classifier = objective.Get(x.get());
  fit.iterations = objective.iterations;
  return fit;
}

Index WrongRows(const LinearClassifier& classifier, const LabelledRows& data, ThreadPool& pool) {
  std::vector<Index> wrong(kGroups);
  ForRowsInGroups(data.rows.rows(), pool, [&](Index group, Index first, Index count) {
    Matrix scores(count, classifier.weight.rows());
    Gemm(Transpose::kNo, Transpose::kYes, 1, data.rows.middleRows(first, count), classifier.weight,
         0, scores);
    for (Index i = 0; i < count; ++i) {
      Index best = 0;
      (scores.row(i) + classifier.bias.transpose()).maxCoeff(&best);
      if (best != data.labels[first + i]) ++wrong[group];
    }
  });
  Index sum = 0;
  for (const Index of_group : wrong) sum += of_group;
  return sum;
}

absl::StatusOr<LinearChoice> ChooseLinearClassifier(
    const LabelledRows& training, const LabelledRows& validation, Index classes,
    const LinearTrainingOptions& options, ThreadPool& pool,
    const std::function<void(const LinearTrial&)>& on_trial) {
  constexpr double kFirst = 0.03, kLast = 0.99e-7, kPatience = 3;
  LinearChoice choice;
  LinearClassifier start;
  double best = 2;
  int since_best = 0;
  LinearTrainingOptions current = options;
  for (current.regularisation = kFirst; current.regularisation >= kLast && since_best < kPatience;
       current.regularisation *= std::sqrt(0.1)) {
    CAE_ASSIGN_OR_RETURN(LinearFit fit,
                         TrainLinearClassifier(training, classes, current, start, pool));
    const double error = static_cast<double>(WrongRows(fit.classifier, validation, pool)) /
                         static_cast<double>(validation.rows.rows());
    choice.trials.push_back({current.regularisation, error, fit.iterations});
    on_trial(choice.trials.back());
    ++since_best;
    if (error < best) {
      best = error;
      since_best = 0;
      choice.regularisation = current.regularisation;
      choice.classifier = fit.classifier;
    }
    start = std::move(fit.classifier);
  }
  return choice;
}

}  // namespace cae
