// Effective sample size: how many independent draws would estimate a mean as well.
#ifndef CAE_CORE_DIAGNOSTICS_EFFECTIVE_SAMPLE_SIZE_H_
#define CAE_CORE_DIAGNOSTICS_EFFECTIVE_SAMPLE_SIZE_H_

#include <optional>

#include "absl/types/span.h"
#include "core/diagnostics/batched_moments.h"

namespace cae {

/// Of C chains of n numbers each, by batch means around the mean of all chains:
///
///   ESS = C n s² / σ²,  σ² = b / (C a − 1) · Σ_{c,k} (Ȳ_ck − Ȳ)²
///
/// with s² the variance of all numbers, Ȳ_ck the mean of batch k of chain c, of which there are a,
/// each of b numbers, and Ȳ the mean of those. b is the largest multiple of the kept batches'
/// length up to √n, as Flegal and Jones advise ("Batch means and spectral variance estimators in
/// Markov chain Monte Carlo", Annals of Statistics 38, 2010), or that length where it is more than
/// √n. Centring at the common mean makes chains that stay apart count little (Gupta and Vats,
/// "Estimating Monte Carlo variance from multiple Markov chains", 2020). For an AR(1) process with
/// coefficient ρ it tends to C n (1 − ρ)/(1 + ρ).
///
/// Too large where numbers b apart still depend on each other. The relative standard error is about
/// √(2/(C a)). It may exceed C n, as it should for chains that go to and fro.
///
/// nullopt while there are fewer than four batches a chain and where nothing varies. All chains
/// must have the same count.
std::optional<double> EffectiveSampleSize(absl::Span<const BatchedMoments> chains);

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_EFFECTIVE_SAMPLE_SIZE_H_
