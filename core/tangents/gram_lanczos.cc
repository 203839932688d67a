#include "core/tangents/gram_lanczos.h"

#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/status_macros.h"
#include "core/tangents/krylov_kernels.h"
#include "core/tangents/orthonormal_rows.h"

namespace cae {
namespace {

constexpr Index kMaxSlots = 32;
constexpr Index kBasisFloats = 6'000'000;  // of all slots together, where ranks are large
constexpr int kMaxRefinements = 3;         // each as much work as k steps
constexpr Index kFinishVectors = 64;       // that products of the last phase should have

/// Fewer where each needs much memory. A point's result does not depend on it.
Index SlotCount(Index points, Index near, Index rank) {
  const Index by_memory = kBasisFloats / LanczosRow::MemoryFloats(near, rank);
  return std::min(points, std::clamp<Index>(by_memory, 4, kMaxSlots));
}

void CopyPadded(const float* from, Index size, Index stride, float* to) {
  std::copy_n(from, size, to);
  std::fill(to + size, to + stride, 0.0f);
}

/// `to` = Σ_j coefficients[j] row j, without padding; `line` is scratch.
void Combine(const VectorD& coefficients, const float* rows, Index size, Index stride, float* inner,
             float* line, float* to) {
  for (Index j = 0; j < coefficients.size(); ++j) inner[j] = static_cast<float>(coefficients[j]);
  std::fill_n(line, stride, 0.0f);
  AddCombination(rows, coefficients.size(), stride, inner, line);
  std::copy_n(line, size, to);
}

}  // namespace

GramLanczosPlan GramLanczosPlan::For(const Autoencoder& model, int first, int last) {
  double side = 0;
  for (int l = first; l <= last; ++l) {
    side += 2.0 * static_cast<double>(model.units(l)) * static_cast<double>(model.units(l - 1));
  }
  double on_codes = 2 * side;
  if (model.gram(first) != nullptr) {
    const double units = static_cast<double>(model.units(first));
    on_codes += 2 * units * units - 4 * units * static_cast<double>(model.units(first - 1));
  }
  const bool codes_are_shorter = model.units(last) <= model.units(first - 1);
  if (on_codes < 2 * side || codes_are_shorter) return {true, on_codes, side};
  return {false, 2 * side, side};
}

GramLanczos::GramLanczos(const GramLanczosPlan& plan, const JacobianBatch& jacobians, Index rank,
                         double tolerance, TangentBatch& tangents, Workspace& workspace)
    : plan_(plan),
      jacobians_(jacobians),
      rank_(rank),
      tolerance_(tolerance),
      tangents_(tangents),
      workspace_(workspace),
      near_(plan.on_codes ? jacobians.code_units() : jacobians.input_units()),
      far_(plan.on_codes ? jacobians.input_units() : jacobians.code_units()),
      finish_points_(std::max<Index>(1, kFinishVectors / rank)) {
  slots_.resize(SlotCount(jacobians.points(), near_, rank));
  const auto slots = static_cast<Index>(slots_.size());
  finish_points_ = std::min(finish_points_, slots);
  const Index row_floats = LanczosRow::MemoryFloats(near_, rank);
  const Index longest = KrylovStride(std::max(near_, far_));
  const Index product_floats = std::max(slots, finish_points_ * rank) * longest;
  const Index far_floats = rank * KrylovStride(far_);
  float* memory = workspace.krylov.Floats(slots * row_floats + 3 * product_floats + 2 * far_floats +
                                          2 * longest + KrylovStride(rank));
  const auto take = [&memory](Index floats) { return std::exchange(memory, memory + floats); };
  for (Slot& slot : slots_) slot.memory = take(row_floats);
  in_ = take(product_floats);
  out_ = take(product_floats);
  between_ = take(product_floats);
  image_ = take(far_floats);
  orthonormal_ = take(far_floats);
  line_ = take(longest);
  other_line_ = take(longest);
  inner_ = take(KrylovStride(rank));
}

absl::Status GramLanczos::Run(YieldPoint yield, std::vector<Index>& failed) {
  FillSlots();
  while (std::any_of(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.busy; })) {
    CAE_RETURN_IF_ERROR(Step(yield));
    CAE_RETURN_IF_ERROR(FinishConverged(yield));
    FillSlots();
  }
  failed = std::move(failed_);
  return absl::OkStatus();
}

void GramLanczos::FillSlots() {
  for (Slot& slot : slots_) {
    if (slot.busy || next_point_ == jacobians_.points()) continue;
    slot.busy = true;
    slot.refinements = 0;
    slot.point = next_point_++;
    slot.row.Start(near_, rank_, tolerance_, slot.memory);
  }
}

absl::Status GramLanczos::Step(YieldPoint yield) {
  points_.clear();
  float* in = in_;
  for (const Slot& slot : slots_) {
    if (!slot.busy || slot.row.state() != LanczosRow::State::kRunning) continue;
    points_.push_back(slot.point);
    in = std::copy_n(slot.row.current(), near_, in);
  }
  if (points_.empty()) return absl::OkStatus();
  CAE_RETURN_IF_ERROR(Multiply(yield));
  const float* out = out_;
  for (Slot& slot : slots_) {
    if (!slot.busy || slot.row.state() != LanczosRow::State::kRunning) continue;
    slot.row.Absorb(out);
    out += near_;
    if (slot.row.state() == LanczosRow::State::kFailed) {
      failed_.push_back(slot.point);
      slot.busy = false;
    }
  }
  return absl::OkStatus();
}

absl::Status GramLanczos::FinishConverged(YieldPoint yield) {
  done_.clear();
  bool running = next_point_ < jacobians_.points();
  for (Slot& slot : slots_) {
    if (!slot.busy) continue;
    if (slot.row.state() == LanczosRow::State::kRunning) {
      running = true;
    } else if (static_cast<Index>(done_.size()) < finish_points_) {
      done_.push_back(&slot);
    }
  }
  // Some wait for others, so that the products are good ones.
  if (done_.empty() || (running && static_cast<Index>(done_.size()) < finish_points_)) {
    return absl::OkStatus();
  }
  points_.clear();
  float* in = in_;
  for (const Slot* slot : done_) {
    points_.insert(points_.end(), rank_, slot->point);
    for (Index i = 0; i < rank_; ++i) {
      in = std::copy_n(slot->row.vectors() + i * slot->row.stride(), near_, in);
    }
  }
  CAE_RETURN_IF_ERROR(ToFar(in_, out_, yield));
  const Matrix& far_vectors = plan_.on_codes ? tangents_.directions : tangents_.code_directions;
  in = in_;
  for (std::size_t i = 0; i < done_.size(); ++i) {
    Rotate(*done_[i], out_ + i * rank_ * far_);
    in = std::copy_n(far_vectors.row(done_[i]->point * rank_).data(), rank_ * far_, in);
  }
  CAE_RETURN_IF_ERROR(ToNear(in_, out_, yield));
  for (std::size_t i = 0; i < done_.size(); ++i) {
    Slot& slot = *done_[i];
    const float* const back = out_ + i * rank_ * near_;
    const bool good = Measure(slot.point, back);
    if (!good && slot.refinements < kMaxRefinements) {
      Refine(slot, back);
      continue;
    }
    if (!good) failed_.push_back(slot.point);
    tangents_.FixSigns(slot.point);
    slot.busy = false;
  }
  return absl::OkStatus();
}

void GramLanczos::Rotate(const Slot& slot, const float* image) {
  const Index far_stride = KrylovStride(far_);
  for (Index i = 0; i < rank_; ++i) {
    CopyPadded(image + i * far_, far_, far_stride, image_ + i * far_stride);
  }
  std::copy_n(image_, rank_ * far_stride, orthonormal_);
  const MatrixD lower = OrthonormaliseRows(rank_, far_, far_stride, inner_, orthonormal_);
  // Y = L Q = P Σ (Zᵀ Q); the rows of Pᵀ U and of Zᵀ Q are the singular vectors.
  const Eigen::JacobiSVD<Eigen::MatrixXd, Eigen::NoQRPreconditioner> svd(
      lower, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Matrix& near_vectors = plan_.on_codes ? tangents_.code_directions : tangents_.directions;
  Matrix& far_vectors = plan_.on_codes ? tangents_.directions : tangents_.code_directions;
  for (Index i = 0; i < rank_; ++i) {
    const double value = svd.singularValues()[i];
    float* const far_vector = far_vectors.row(slot.point * rank_ + i).data();
    Combine(svd.matrixU().col(i), slot.row.vectors(), near_, slot.row.stride(), inner_, line_,
            near_vectors.row(slot.point * rank_ + i).data());
    Combine(svd.matrixV().col(i), orthonormal_, far_, far_stride, inner_, line_, far_vector);
    Combine(svd.matrixU().col(i), image_, far_, far_stride, inner_, line_, other_line_);
    tangents_.singular_values(slot.point, i) = static_cast<float>(value);
    tangents_.residuals(slot.point, i) =
        static_cast<float>(Distance(other_line_, value, far_vector, far_));
  }
}

void GramLanczos::Refine(Slot& slot, const float* image) {
  const Index stride = slot.row.stride();
  for (Index i = 0; i < rank_; ++i) {
    CopyPadded(image + i * near_, near_, stride, slot.row.vectors() + i * stride);
  }
  OrthonormaliseRows(rank_, near_, stride, inner_, slot.row.vectors());
  ++slot.refinements;
}

bool GramLanczos::Measure(Index point, const float* image) {
  const Matrix& near_vectors = plan_.on_codes ? tangents_.code_directions : tangents_.directions;
  const float largest = tangents_.singular_values(point, 0);
  bool good = true;
  for (Index i = 0; i < rank_; ++i) {
    const double distance = Distance(image + i * near_, tangents_.singular_values(point, i),
                                     near_vectors.row(point * rank_ + i).data(), near_);
    float& residual = tangents_.residuals(point, i);
    residual = static_cast<float>(std::max(distance, double{residual}) / largest);
    good = good && residual <= tolerance_;  // NaN is not
  }
  return good;
}

double GramLanczos::Distance(const float* a, double factor, const float* b, Index size) {
  const Index stride = KrylovStride(size);
  CopyPadded(b, size, stride, line_);
  ScaleVector(static_cast<float>(-factor), line_, stride, line_);
  const float one = 1;
  CopyPadded(a, size, stride, other_line_);
  AddCombination(other_line_, 1, stride, &one, line_);
  return RowNorm(line_, stride);
}

absl::Status GramLanczos::Multiply(YieldPoint yield) {
  if (!plan_.on_codes) {
    CAE_RETURN_IF_ERROR(ToFar(in_, between_, yield));
    return ToNear(between_, out_, yield);
  }
  const auto vectors = static_cast<Index>(points_.size());
  return jacobians_.Gram(points_, {in_, vectors, near_}, {out_, vectors, near_}, workspace_, yield);
}

absl::Status GramLanczos::ToFar(const float* in, float* out, YieldPoint yield) {
  const auto vectors = static_cast<Index>(points_.size());
  const ConstMatrixView from(in, vectors, near_);
  const MatrixView to(out, vectors, far_);
  return plan_.on_codes ? jacobians_.Pull(points_, from, to, workspace_, yield)
                        : jacobians_.Push(points_, from, to, workspace_, yield);
}

absl::Status GramLanczos::ToNear(const float* in, float* out, YieldPoint yield) {
  const auto vectors = static_cast<Index>(points_.size());
  const ConstMatrixView from(in, vectors, far_);
  const MatrixView to(out, vectors, near_);
  return plan_.on_codes ? jacobians_.Push(points_, from, to, workspace_, yield)
                        : jacobians_.Pull(points_, from, to, workspace_, yield);
}

}  // namespace cae
