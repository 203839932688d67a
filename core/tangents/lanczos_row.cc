#include "core/tangents/lanczos_row.h"

#include <algorithm>
#include <cmath>

#include "core/tangents/krylov_kernels.h"
#include "core/tangents/orthonormal_rows.h"

namespace cae {
namespace {

constexpr Index kCheckSteps = 10;  // of a run that looks for what the runs before missed
constexpr int kMaxRounds = 8;
constexpr double kMissed = 1e-5;  // a value larger than a locked one by this share was missed
// Squares below this lose digits in float32 products.
constexpr double kSmallestScale = 1e-28;
// What is below this share of the operator's size is rounding.
constexpr double kRounding = 1e-7;

}  // namespace

Index LanczosRow::MaxSteps(Index size, Index rank) { return std::min(size, 3 * rank + 112); }

Index LanczosRow::MemoryFloats(Index size, Index rank) {
  const Index vectors = MaxSteps(size, rank) + rank + 1;
  // The basis, the vectors of a combination, the inner products.
  return (vectors + rank) * KrylovStride(size) + KrylovStride(vectors);
}

void LanczosRow::Start(Index size, Index rank, double tolerance, float* memory) {
  size_ = size;
  stride_ = KrylovStride(size);
  rank_ = rank;
  residual_ = tolerance / 3;
  state_ = State::kRunning;
  products_ = 0;
  fresh_vectors_ = 0;
  const Index vectors = MaxSteps(size, rank) + rank + 1;
  basis_ = memory;
  combined_ = basis_ + vectors * stride_;
  inner_ = combined_ + rank * stride_;
  locked_ = 0;
  round_ = 0;
  alpha_.resize(MaxSteps(size, rank));
  beta_.resize(MaxSteps(size, rank));
  scale_ = 0;
  BeginRun();
}

void LanczosRow::BeginRun() {
  steps_ = 0;
  exhausted_ = false;
  // Nothing is left beside the locked vectors: they are all there are.
  if (!AddFreshVector(locked_)) state_ = State::kConverged;
}

bool LanczosRow::AddFreshVector(Index count) {
  if (count >= size_) return false;
  FreshUnitRow(fresh_vectors_++, basis_, count, size_, stride_, inner_, Basis(count));
  return true;
}

void LanczosRow::Absorb(const float* product) {
  ++products_;
  const Index at = locked_ + steps_;
  float* const next = Basis(at + 1);
  std::copy_n(product, size_, next);
  std::fill(next + size_, next + stride_, 0.0f);

  // The three terms first, so that the pass over the whole basis removes rounding alone.
  float alpha = 0;
  InnerProducts(Basis(at), 1, stride_, next, &alpha);
  const bool coupled = steps_ > 0 && beta_[steps_ - 1] != 0;
  const float terms[2] = {coupled ? -static_cast<float>(beta_[steps_ - 1]) : 0.0f, -alpha};
  AddCombination(Basis(coupled ? at - 1 : at), coupled ? 2 : 1, stride_, terms + (coupled ? 0 : 1),
                 next);
  RemoveProjection(basis_, at + 1, stride_, inner_, next);
  alpha_[steps_] = double{alpha} - inner_[at];
  beta_[steps_] = RowNorm(next, stride_);
  ++steps_;
  Extend();
  if (state_ == State::kRunning && IsTimeToJudge()) Judge();
}

void LanczosRow::Extend() {
  double& beta = beta_[steps_ - 1];
  scale_ = std::max(scale_, std::abs(alpha_[steps_ - 1]) + beta);
  if (!std::isfinite(scale_) || !std::isfinite(alpha_[steps_ - 1]) || scale_ < kSmallestScale) {
    state_ = State::kFailed;
    return;
  }
  const Index used = locked_ + steps_;
  if (beta > kRounding * scale_ && used < size_) {
    float* const next = Basis(used);
    ScaleVector(static_cast<float>(1 / beta), next, stride_, next);
    return;
  }
  beta = 0;
  if (steps_ < alpha_.size()) exhausted_ = !AddFreshVector(used);
}

bool LanczosRow::IsTimeToJudge() const {
  if (exhausted_ || steps_ == alpha_.size()) return true;
  if (round_ > 0) return steps_ >= kCheckSteps && (steps_ - kCheckSteps) % 4 == 0;
  const Index first = rank_ + rank_ / 2 + 2;
  const Index interval = std::max<Index>(3, rank_ / 8);
  return steps_ >= first && (steps_ - first) % interval == 0;
}

Index LanczosRow::LeadingOfRun(const RitzValues& ritz) const {
  Index from_run = 0, from_locked = 0;
  while (from_run + from_locked < rank_) {
    const bool run_left = from_run < ritz.values.size();
    const bool locked_left = from_locked < locked_;
    if (!run_left && !locked_left) break;
    if (run_left && (!locked_left || ritz.values[from_run] > locked_values_[from_locked])) {
      ++from_run;
    } else {
      ++from_locked;
    }
  }
  return from_run;
}

void LanczosRow::Judge() {
  const bool last = exhausted_ || steps_ == alpha_.size();
  const RitzValues ritz = RitzValues::Of(alpha_, beta_, steps_, rank_ + 1);
  if (round_ > 0 &&
      ritz.values[0] <= locked_values_[rank_ - 1] * (1 + kMissed) + kRounding * scale_) {
    state_ = State::kConverged;
    return;
  }
  const Index from_run = LeadingOfRun(ritz);
  const double largest = std::max(ritz.values[0], locked_ > 0 ? locked_values_[0] : 0.0);
  bool converged = from_run + locked_ >= rank_;
  for (Index i = 0; i < from_run && converged; ++i) {
    converged = IsConverged(ritz, i, residual_, largest);
  }
  if (converged) {
    Lock(ritz, from_run);
    if (++round_ == kMaxRounds) {
      state_ = State::kFailed;
    } else {
      BeginRun();
    }
  } else if (last) {
    state_ = State::kFailed;
  }
}

void LanczosRow::Lock(const RitzValues& ritz, Index from_run) {
  const MatrixD coordinates = RitzVectors(alpha_, beta_, steps_, from_run);
  VectorD values(rank_);
  Index run = 0, locked = 0;
  for (Index i = 0; i < rank_; ++i) {
    float* const vector = combined_ + i * stride_;
    if (run < from_run && (locked == locked_ || ritz.values[run] > locked_values_[locked])) {
      for (Index j = 0; j < steps_; ++j) inner_[j] = static_cast<float>(coordinates(run, j));
      std::fill_n(vector, stride_, 0.0f);
      AddCombination(Basis(locked_), steps_, stride_, inner_, vector);
      values[i] = ritz.values[run++];
    } else {
      std::copy_n(Basis(locked), stride_, vector);
      values[i] = locked_values_[locked++];
    }
  }
  std::copy_n(combined_, rank_ * stride_, basis_);
  locked_ = rank_;
  locked_values_ = std::move(values);
}

}  // namespace cae
