// Split R-hat: whether parts of chains look as if they came from one distribution.
#ifndef CAE_CORE_DIAGNOSTICS_SPLIT_R_HAT_H_
#define CAE_CORE_DIAGNOSTICS_SPLIT_R_HAT_H_

#include <optional>

#include "absl/types/span.h"
#include "core/diagnostics/moments.h"

namespace cae {

/// The potential scale reduction of G parts of chains, as a rule the two halves of each chain:
///
///   W = Σ m2_g / Σ (n_g − 1),  V = variance of the G means,  n = mean of the n_g,
///   R-hat = √( (W (n − 1)/n + V) / W )
///
/// Gelman, Carlin, Stern, Dunson, Vehtari, Rubin, Bayesian Data Analysis, 3rd ed., section 11.4
/// (B/n there is V here), for parts of equal counts; parts that differ a little in length are taken
/// as if they had their mean. 1 where the parts agree; the plain form, without the rank
/// normalisation of Vehtari, Gelman, Simpson, Carpenter, Bürkner, "Rank-Normalization, Folding, and
/// Localization: An Improved R-hat", Bayesian Analysis 16 (2021), which needs all draws at once.
///
/// nullopt for fewer than two parts, for a part of fewer than two numbers and where W = 0.
std::optional<double> SplitRHat(absl::Span<const Moments> parts);

}  // namespace cae

#endif  // CAE_CORE_DIAGNOSTICS_SPLIT_R_HAT_H_
