#include "core/serving/compute_shares.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace cae {
namespace {

constexpr std::size_t Slot(ComputeKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

double ComputeShares::Total() const { return std::accumulate(busy_.begin(), busy_.end(), 0.0); }

bool ComputeShares::IsBehind(ComputeKind kind) const {
  return kind != ComputeKind::kUnary && busy_[Slot(kind)] < kGuaranteed * Total();
}

void ComputeShares::Arrive(ComputeKind kind) {
  if (kind == ComputeKind::kUnary) return;
  // Neither behind nor ahead: exactly its share of a total that it is part of.
  double& busy = busy_[Slot(kind)];
  busy = std::max(busy, (Total() - busy) * kGuaranteed / (1 - kGuaranteed));
}

void ComputeShares::Charge(ComputeKind kind, absl::Duration time) {
  const double seconds = std::max(0.0, absl::ToDoubleSeconds(time));
  const double kept = std::exp(-seconds / absl::ToDoubleSeconds(kMemory));
  for (double& busy : busy_) busy *= kept;
  // What a rate of 1 over that time leaves, so that the total never exceeds the memory.
  busy_[Slot(kind)] += (1 - kept) * absl::ToDoubleSeconds(kMemory);
}

std::optional<ComputeKind> ComputeShares::Next(const Waiting& waiting) const {
  std::optional<ComputeKind> least;
  for (const ComputeKind kind : {ComputeKind::kHeavy, ComputeKind::kChains}) {
    if (!waiting[Slot(kind)]) continue;
    if (!least.has_value() || busy_[Slot(kind)] < busy_[Slot(*least)]) least = kind;
  }
  if (!waiting[Slot(ComputeKind::kUnary)]) return least;
  return least.has_value() && IsBehind(*least) ? *least : ComputeKind::kUnary;
}

std::optional<ComputeKind> ComputeShares::YieldsTo(ComputeKind kind, const Waiting& waiting) const {
  if (kind == ComputeKind::kUnary || IsBehind(kind)) return std::nullopt;
  const bool chains = waiting[Slot(ComputeKind::kChains)] && IsBehind(ComputeKind::kChains);
  if (kind == ComputeKind::kHeavy && chains) return ComputeKind::kChains;
  return waiting[Slot(ComputeKind::kUnary)] ? std::optional(ComputeKind::kUnary) : std::nullopt;
}

double ComputeShares::Share(ComputeKind kind) const {
  const double total = Total();
  return total > 0 ? busy_[Slot(kind)] / total : 0;
}

double ComputeShares::Prospect(ComputeKind kind, const Waiting& waiting) const {
  const bool heavy = waiting[Slot(ComputeKind::kHeavy)] || kind == ComputeKind::kHeavy;
  const bool chains = waiting[Slot(ComputeKind::kChains)] || kind == ComputeKind::kChains;
  const int others = (heavy ? 1 : 0) + (chains ? 1 : 0);
  if (kind == ComputeKind::kUnary) return 1 - kGuaranteed * others;
  const double left = (1 - Share(ComputeKind::kUnary)) / others;
  return std::max(kGuaranteed, left);
}

}  // namespace cae
