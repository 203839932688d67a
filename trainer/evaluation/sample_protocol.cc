#include "trainer/evaluation/sample_protocol.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/base/random_stream.h"

namespace cae {
namespace {

// Apart from the start examples of models (model_training.cc), which have the stream 0.
constexpr std::uint64_t kStrictStarts = 1, kManyStarts = 2;

Matrix PickStarts(ConstMatrixView training, Index count, std::uint64_t seed, std::uint64_t stream) {
  RandomStream random(seed, RandomUse::kStartExamples, stream);
  std::vector<Index> picked;
  for (Index i = 0; i < count; ++i) picked.push_back(random.Below(training.rows()));
  return training(picked, Eigen::all);
}

struct ChainPlan {
  Index chains = 0;
  int burn_in = 0;
  Index draws = 0;
  int thinning = 1;
};

// Draw t of chain c into row c · draws + t.
absl::StatusOr<Matrix> Draw(ImageSampler& sampler, const Matrix& starts, std::uint64_t seed,
                            const ChainPlan& plan, absl::string_view part,
                            const ScoreProgress& progress) {
  constexpr Index kDrawsBetweenReports = 16;
  Matrix drawn(plan.chains * plan.draws, sampler.image_units());
  Matrix images(plan.chains, sampler.image_units());
  sampler.Start(starts, seed);
  CAE_RETURN_IF_ERROR(progress(part, 0, plan.draws));
  sampler.Step(plan.burn_in);
  for (Index t = 0; t < plan.draws; ++t) {
    sampler.Step(plan.thinning);
    sampler.Images(images);
    if (!images.allFinite()) {
      return absl::OutOfRangeError(absl::StrCat("the chain left the finite numbers at draw ", t + 1,
                                                "; less noise keeps it, or the model is broken"));
    }
    for (Index c = 0; c < plan.chains; ++c) drawn.row(c * plan.draws + t) = images.row(c);
    if ((t + 1) % kDrawsBetweenReports == 0 || t + 1 == plan.draws) {
      CAE_RETURN_IF_ERROR(progress(part, t + 1, plan.draws));
    }
  }
  return drawn;
}

}  // namespace

SampleProtocol SampleProtocol::Quick() {
  SampleProtocol quick;
  quick.strict_states = 1'000;
  quick.many_chains = 50;
  quick.draws = 20;
  return quick;
}

absl::StatusOr<DrawnSamples> DrawSamples(ImageSampler& sampler, ConstMatrixView training,
                                         const SampleProtocol& protocol,
                                         const ScoreProgress& progress) {
  DrawnSamples samples;
  const std::uint64_t seed = protocol.seed;
  CAE_ASSIGN_OR_RETURN(
      samples.strict,
      Draw(sampler, PickStarts(training, protocol.strict_chains, seed, kStrictStarts), seed,
           {protocol.strict_chains, 0, protocol.strict_states, 1}, "long chains", progress));
  CAE_ASSIGN_OR_RETURN(
      samples.many,
      Draw(sampler, PickStarts(training, protocol.many_chains, seed, kManyStarts), seed + 1,
           {protocol.many_chains, protocol.burn_in, protocol.draws, protocol.thinning},
           "many chains", progress));
  return samples;
}

}  // namespace cae
