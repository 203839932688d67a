#include "core/tangents/golub_kahan.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "core/base/status_macros.h"
#include "core/tangents/fixed_vector.h"

namespace cae {
namespace {

constexpr Index kCheckSteps = 10;
constexpr int kMaxRuns = 16;
constexpr double kMissed = 1e-6;     // a value larger than a locked one by this share was missed
constexpr double kRounding = 1e-14;  // what is below this share of ‖J‖ is rounding

/// Vectors are columns, so that each is contiguous.
using Columns = Eigen::MatrixXd;

/// How a run ends.
enum class RunEnd {
  kNothingMissed,  ///< what is locked are the leading triplets
  kFoundMore,      ///< what is locked has changed, or is the first
  kTooSlow,
};

/// J U = V B on the side where vectors are shorter (start) and the other (end).
class Bidiagonalisation {
 public:
  Bidiagonalisation(const PointJacobian& jacobian, Index rank, double tolerance)
      : jacobian_(jacobian),
        from_codes_(jacobian.rows() < jacobian.cols()),
        rank_(rank),
        tolerance_(tolerance),
        max_steps_(std::min(Small(), 4 * rank + 160)),
        start_(Small(), std::min(Small(), rank + max_steps_) + 1),
        end_(Large(), std::min(Small(), rank + max_steps_) + 1) {}

  absl::StatusOr<std::optional<TangentSpace>> Solve(YieldPoint yield);

 private:
  Index Small() const { return std::min(jacobian_.rows(), jacobian_.cols()); }
  Index Large() const { return std::max(jacobian_.rows(), jacobian_.cols()); }
  VectorD Forward(const VectorD& v) const {
    return from_codes_ ? jacobian_.ApplyTransposed(v) : jacobian_.Apply(v);
  }
  VectorD Back(const VectorD& u) const {
    return from_codes_ ? jacobian_.Apply(u) : jacobian_.ApplyTransposed(u);
  }
  /// The next fixed vector orthogonal to the first `count` columns, zero if nothing is left.
  VectorD Fresh(const Columns& columns, Index count);
  /// Makes `next` column `count`, normalised, or a fresh one if it is rounding; returns its length.
  double Append(Columns& columns, Index count, VectorD next);
  absl::Status Extend(YieldPoint yield);
  absl::StatusOr<RunEnd> Run(YieldPoint yield);
  /// Nothing while the run has to go on.
  std::optional<RunEnd> Judge();
  void Lock(const Eigen::JacobiSVD<Columns>& svd);
  TangentSpace Result() const;

  const PointJacobian& jacobian_;
  const bool from_codes_;
  const Index rank_;
  const double tolerance_;
  const Index max_steps_;
  Columns start_, end_;  ///< locked vectors, then the run's
  Index locked_ = 0;
  VectorD locked_values_;
  std::vector<double> diagonal_, above_;  ///< of the run's upper bidiagonal matrix
  double scale_ = 0;                      ///< the largest of them: about ‖J‖
  std::uint64_t fresh_vectors_ = 0;
};

VectorD Bidiagonalisation::Fresh(const Columns& columns, Index count) {
  if (count >= columns.rows()) return VectorD::Zero(columns.rows());
  VectorD fresh(columns.rows());
  FixedVector(fresh_vectors_++,
              absl::Span<double>(fresh.data(), static_cast<std::size_t>(fresh.size())));
  for (int pass = 0; pass < 3; ++pass) {
    fresh.normalize();
    fresh -= columns.leftCols(count) * (columns.leftCols(count).transpose() * fresh).eval();
  }
  return fresh.normalized();
}

double Bidiagonalisation::Append(Columns& columns, Index count, VectorD next) {
  for (int pass = 0; pass < 2; ++pass) {
    next -= columns.leftCols(count) * (columns.leftCols(count).transpose() * next).eval();
  }
  const double length = next.norm();
  // max() would not see NaN.
  scale_ = std::isfinite(length) ? std::max(scale_, length) : length;
  if (!std::isfinite(length)) return length;
  if (length > kRounding * scale_ && length > 0) {
    columns.col(count) = next / length;
    return length;
  }
  columns.col(count) = Fresh(columns, count);
  return 0;
}

absl::Status Bidiagonalisation::Extend(YieldPoint yield) {
  CAE_RETURN_IF_ERROR(yield());
  const Index at = locked_ + static_cast<Index>(diagonal_.size());
  VectorD end = Forward(start_.col(at));
  if (!above_.empty()) end -= above_.back() * end_.col(at - 1);
  diagonal_.push_back(Append(end_, at, std::move(end)));
  if (!std::isfinite(scale_)) return absl::InternalError("the Jacobian is not finite");
  VectorD start = Back(end_.col(at)) - diagonal_.back() * start_.col(at);
  // Nothing is left where the columns span their space.
  above_.push_back(at + 1 < Small() ? Append(start_, at + 1, std::move(start)) : 0.0);
  return absl::OkStatus();
}

absl::StatusOr<RunEnd> Bidiagonalisation::Run(YieldPoint yield) {
  diagonal_.clear();
  above_.clear();
  if (locked_ >= Small()) return RunEnd::kNothingMissed;
  start_.col(locked_) = Fresh(start_, locked_);
  while (true) {
    CAE_RETURN_IF_ERROR(Extend(yield));
    if (scale_ == 0) return RunEnd::kNothingMissed;  // J maps a vector without zeros to nothing
    const auto steps = static_cast<Index>(diagonal_.size());
    const bool last = steps == max_steps_ || locked_ + steps == Small();
    const bool due = locked_ > 0 ? steps >= kCheckSteps && (steps - kCheckSteps) % 8 == 0
                                 : steps >= rank_ + 8 && (steps - rank_) % 8 == 0;
    if (!last && !due) continue;
    if (const std::optional<RunEnd> end = Judge()) return *end;
    if (last) return RunEnd::kTooSlow;
  }
}

std::optional<RunEnd> Bidiagonalisation::Judge() {
  const auto steps = static_cast<Index>(diagonal_.size());
  Columns bidiagonal = Columns::Zero(steps, steps);
  for (Index i = 0; i < steps; ++i) {
    bidiagonal(i, i) = diagonal_[i];
    if (i + 1 < steps) bidiagonal(i, i + 1) = above_[i];
  }
  const Eigen::JacobiSVD<Columns> svd(bidiagonal, Eigen::ComputeFullU | Eigen::ComputeFullV);
  const VectorD& values = svd.singularValues();
  if (locked_ > 0 && values[0] <= locked_values_[rank_ - 1] * (1 + kMissed) + kRounding * scale_) {
    return RunEnd::kNothingMissed;
  }
  if (locked_ == 0 && steps < rank_) return std::nullopt;
  const double largest = std::max(values[0], locked_ > 0 ? locked_values_[0] : 0.0);
  for (Index i = 0; i < std::min(rank_, steps); ++i) {
    if (locked_ > 0 && values[i] <= locked_values_[rank_ - 1 - i]) break;  // not among the leading
    const double residual = above_.back() * std::abs(svd.matrixU()(steps - 1, i));
    double gap = std::numeric_limits<double>::infinity();
    if (i > 0) gap = values[i - 1] - values[i];
    if (i + 1 < steps) gap = std::min(gap, values[i] - values[i + 1]);
    const double error = gap > residual ? residual * residual / gap : residual;
    const bool good =
        residual <= tolerance_ / 3 * largest && error <= 2e-6 * values[i] + kRounding * largest;
    if (!good) return std::nullopt;
  }
  Lock(svd);
  return RunEnd::kFoundMore;
}

void Bidiagonalisation::Lock(const Eigen::JacobiSVD<Columns>& svd) {
  const Index steps = svd.singularValues().size();
  Columns start(start_.rows(), rank_), end(end_.rows(), rank_);
  VectorD values(rank_);
  Index run = 0, locked = 0;
  for (Index i = 0; i < rank_; ++i) {
    const bool from_run =
        run < steps && (locked == locked_ || svd.singularValues()[run] > locked_values_[locked]);
    if (from_run) {
      start.col(i) = start_.middleCols(locked_, steps) * svd.matrixV().col(run);
      end.col(i) = end_.middleCols(locked_, steps) * svd.matrixU().col(run);
      values[i] = svd.singularValues()[run++];
    } else {
      start.col(i) = start_.col(locked);
      end.col(i) = end_.col(locked);
      values[i] = locked_values_[locked++];
    }
  }
  start_.leftCols(rank_) = start;
  end_.leftCols(rank_) = end;
  locked_ = rank_;
  locked_values_ = values;
}

TangentSpace Bidiagonalisation::Result() const {
  const Columns& inputs = from_codes_ ? end_ : start_;
  const Columns& codes = from_codes_ ? start_ : end_;
  TangentSpace space;
  space.singular_values = locked_values_;
  space.directions = inputs.leftCols(rank_).transpose();
  space.code_directions = codes.leftCols(rank_).transpose();
  space.residuals.resize(rank_);
  for (Index i = 0; i < rank_; ++i) {
    const double value = locked_values_[i];
    const double ahead = (jacobian_.Apply(inputs.col(i)) - value * codes.col(i)).norm();
    const double back = (jacobian_.ApplyTransposed(codes.col(i)) - value * inputs.col(i)).norm();
    space.residuals[i] = std::max(ahead, back) / locked_values_[0];
  }
  return space;
}

absl::StatusOr<std::optional<TangentSpace>> Bidiagonalisation::Solve(YieldPoint yield) {
  for (int run = 0; run < kMaxRuns; ++run) {
    CAE_ASSIGN_OR_RETURN(const RunEnd end, Run(yield));
    if (scale_ == 0) {
      return TangentSpace{VectorD::Zero(rank_), MatrixD::Identity(rank_, jacobian_.cols()),
                          MatrixD::Identity(rank_, jacobian_.rows()), VectorD::Zero(rank_)};
    }
    if (end == RunEnd::kFoundMore) continue;
    if (end == RunEnd::kTooSlow) break;
    TangentSpace space = Result();
    if (space.residuals.maxCoeff() <= tolerance_) return space;
    break;
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<std::optional<TangentSpace>> GolubKahanTangents(const PointJacobian& jacobian,
                                                               Index rank, double tolerance,
                                                               YieldPoint yield) {
  return Bidiagonalisation(jacobian, rank, tolerance).Solve(yield);
}

}  // namespace cae
