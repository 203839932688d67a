// Sample: what a stream tells about the mixing of its chains.
#include <gmock/gmock.h>

#include "core/diagnostics/chain_diagnostics.h"
#include "core/diagnostics/split_r_hat.h"
#include "proto/codec/error_reasons.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::HasSubstr;

class SampleDiagnosticsTest : public CaeServiceFixture {
 protected:
  static v1::SampleRequest Request(int chains = 3, int draws = 40) {
    v1::SampleRequest request;
    request.mutable_model()->set_name("two");
    request.set_seed(42);
    request.set_chains(chains);
    request.set_draws(draws);
    request.set_thinning(2);
    return request;
  }

  SampleRun Run(const v1::SampleRequest& request) {
    SampleRun run = ReadAll(*stub_, *ClientCall(), request);
    EXPECT_TRUE(run.status.ok()) << run.status.error_message();
    return run;
  }

  /// Those of the last message.
  v1::SampleDiagnostics Diagnostics(const v1::SampleRequest& request) {
    const SampleRun run = Run(request);
    EXPECT_FALSE(run.messages.empty());
    return run.messages.empty() ? v1::SampleDiagnostics() : run.messages.back().diagnostics();
  }
};

/// The moments of a message's statistic.
std::vector<Moments> HalvesOf(const v1::StatisticDiagnostics& statistic) {
  std::vector<Moments> halves;
  for (const v1::Moments& half : statistic.half_moments()) {
    halves.push_back({half.count(), half.mean(), half.m2()});
  }
  return halves;
}

TEST_F(SampleDiagnosticsTest, TheLastMessageSummarisesTheDrawsThatWereSent) {
  v1::SampleRequest request = Request();
  request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_CLASSES);
  request.set_draws_per_message(16);
  const SampleRun run = Run(request);
  const v1::SampleDiagnostics& got = run.messages.back().diagnostics();

  ChainDiagnostics expected(two_->statistics, 3, true);
  Workspace workspace;
  const auto* draws = reinterpret_cast<const float*>(run.samples.data());
  for (int i = 0; i < 40; ++i) {
    expected.Observe(ConstMatrixView(draws + i * 3 * kInputUnits, 3, kInputUnits), workspace);
  }
  EXPECT_EQ(got.first_draw(), 0);
  EXPECT_EQ(got.draws(), 40);
  EXPECT_EQ(got.mean_displacement(), expected.mean_distance() / 2);
  EXPECT_EQ(got.class_transitions().classes(), kClasses);
  EXPECT_THAT(got.class_transitions().counts(),
              ::testing::ElementsAreArray(expected.transitions()->counts()));
  const auto summaries = expected.Summarise();
  ASSERT_EQ(got.statistics_size(), kSampleStatistics);
  for (int s = 0; s < kSampleStatistics; ++s) {
    const v1::StatisticDiagnostics& statistic = got.statistics(s);
    const StatisticSummary& summary = summaries[static_cast<std::size_t>(s)];
    EXPECT_EQ(statistic.statistic(), s + 1);
    EXPECT_EQ(statistic.mean(), summary.mean);
    EXPECT_EQ(statistic.variance(), summary.variance);
    EXPECT_EQ(statistic.split_r_hat(), summary.split_r_hat);
    EXPECT_EQ(statistic.within_chain_r_hat(), summary.within_chain_r_hat);
    EXPECT_EQ(statistic.effective_sample_size(), summary.effective_sample_size);
    ASSERT_EQ(statistic.half_moments_size(), 6);
    EXPECT_EQ(SplitRHat(HalvesOf(statistic)), statistic.split_r_hat());
  }
}

TEST_F(SampleDiagnosticsTest, BasicIsTheDefaultAndNoneIsNothing) {
  v1::SampleRequest request = Request();
  const v1::SampleDiagnostics by_default = Diagnostics(request);
  request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_BASIC);
  EXPECT_EQ(Diagnostics(request).SerializeAsString(), by_default.SerializeAsString());
  EXPECT_EQ(by_default.statistics_size(), kSampleStatistics);
  EXPECT_FALSE(by_default.has_class_transitions());
  request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_NONE);
  for (const auto& message : Run(request).messages) EXPECT_FALSE(message.has_diagnostics());
}

TEST_F(SampleDiagnosticsTest, DoNotDependOnPackingOrChangeDraws) {
  v1::SampleRequest request = Request();
  const SampleRun run = Run(request);
  request.set_draws_per_message(1);
  EXPECT_EQ(Diagnostics(request).SerializeAsString(),
            run.messages.back().diagnostics().SerializeAsString());
  request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_NONE);
  EXPECT_EQ(Run(request).samples, run.samples);
}

TEST_F(SampleDiagnosticsTest, FewDrawsLeaveOutWhatNeedsMore) {
  const v1::SampleDiagnostics diagnostics = Diagnostics(Request(2, 3));
  EXPECT_FALSE(diagnostics.statistics(0).has_split_r_hat());
  EXPECT_FALSE(diagnostics.statistics(0).has_within_chain_r_hat());
  EXPECT_FALSE(diagnostics.statistics(0).has_effective_sample_size());
  EXPECT_GT(diagnostics.statistics(0).variance(), 0);
}

TEST_F(SampleDiagnosticsTest, AResumedCallCoversItsOwnDrawsAndMergesWithTheOneBefore) {
  const SampleRun first = Run(Request(3, 25));
  v1::SampleRequest resume;
  resume.mutable_model()->set_name("two");
  *resume.mutable_resume_from() = first.last_state();
  resume.set_draws(15);
  const v1::SampleDiagnostics second = Diagnostics(resume);
  EXPECT_EQ(second.first_draw(), 25);
  EXPECT_EQ(second.draws(), 15);
  const v1::SampleDiagnostics whole = Diagnostics(Request(3, 40));
  for (int s = 0; s < kSampleStatistics; ++s) {
    Moments merged;
    for (const auto* part : {&first.messages.back().diagnostics(), &second}) {
      for (const Moments& half : HalvesOf(part->statistics(s))) merged.Merge(half);
    }
    EXPECT_EQ(merged.count, 120);
    EXPECT_NEAR(merged.mean, whole.statistics(s).mean(), 1e-12);
    EXPECT_NEAR(merged.Variance(), whole.statistics(s).variance(), 1e-12);
  }
}

TEST_F(SampleDiagnosticsTest, ShardsMergeIntoTheDiagnosticsOfTheWholeJob) {
  const v1::SampleDiagnostics whole = Diagnostics(Request(5, 30));
  v1::SampleRequest low = Request(2, 30);
  v1::SampleRequest high = Request(3, 30);
  high.set_first_chain(2);
  const v1::SampleDiagnostics shards[] = {Diagnostics(low), Diagnostics(high)};
  for (int s = 0; s < kSampleStatistics; ++s) {
    std::vector<Moments> halves = HalvesOf(shards[0].statistics(s));
    for (const Moments& half : HalvesOf(shards[1].statistics(s))) halves.push_back(half);
    EXPECT_DOUBLE_EQ(*SplitRHat(halves), whole.statistics(s).split_r_hat());
  }
}

TEST_F(SampleDiagnosticsTest, ADrainTellsThemToo) {
  v1::SampleRequest request = Request();
  request.set_draws(0);
  request.set_draws_per_message(1);
  const auto call = ClientCall();
  auto reader = stub_->Sample(call.get(), request);
  v1::SampleResponse message;
  ASSERT_TRUE(reader->Read(&message));
  Drain();
  while (reader->Read(&message)) continue;
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(message.diagnostics().draws(), message.state().draws_done());
}

TEST_F(SampleDiagnosticsTest, ThoseThatFindNoRoomFollowTheState) {
  // 5 chains are 240 bytes a draw, and so is their state; 50 half moments are some 1100 bytes.
  AddModel("narrow", 1, TwoLayers(), {.max_message_bytes = 1600});
  v1::SampleRequest request = Request(5);
  request.mutable_model()->set_name("narrow");
  const SampleRun run = Run(request);
  for (const auto& message : run.messages) EXPECT_LE(message.ByteSizeLong(), 1600u);
  const v1::SampleResponse& last = run.messages.back();
  EXPECT_FALSE(last.has_samples());
  EXPECT_FALSE(last.has_state());
  EXPECT_EQ(run.messages[run.messages.size() - 2].state().draws_done(), 40);
  EXPECT_EQ(last.diagnostics().statistics(0).half_moments_size(), 10);
}

TEST_F(SampleDiagnosticsTest, HalfMomentsThatNoMessageCanHoldAreLeftOut) {
  // 8 chains: 80 half moments.
  AddModel("narrow", 1, TwoLayers(), {.max_message_bytes = 1024 + 8 * 48});
  v1::SampleRequest request = Request(8);
  request.mutable_model()->set_name("narrow");
  const SampleRun run = Run(request);
  for (const auto& message : run.messages) EXPECT_LE(message.ByteSizeLong(), 1024u + 8 * 48);
  const v1::SampleDiagnostics& diagnostics = run.messages.back().diagnostics();
  ASSERT_EQ(diagnostics.statistics_size(), kSampleStatistics);
  EXPECT_EQ(diagnostics.statistics(0).half_moments_size(), 0);
  request.mutable_model()->set_name("two");
  EXPECT_EQ(diagnostics.statistics(0).split_r_hat(),
            Diagnostics(request).statistics(0).split_r_hat());
}

TEST_F(SampleDiagnosticsTest, TransitionsThatNoMessageCanHoldAreRefused) {
  ModelParameters parameters = OneLayer();
  AddRandomClassifier({}, 100, 3, parameters);  // up to 90,000 bytes
  AddModel("classes", 1, parameters, {.max_message_bytes = 80'000});
  v1::SampleRequest request = Request();
  request.mutable_model()->set_name("classes");
  EXPECT_TRUE(Run(request).status.ok());
  request.set_diagnostics(v1::DIAGNOSTICS_LEVEL_CLASSES);
  const absl::Status status = FromGrpcStatus(ReadAll(*stub_, *ClientCall(), request).status);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kOutOfRange,
                               HasSubstr("between the 100 classes of model 'classes' v1")));
  EXPECT_EQ(ReasonOf(status), kReasonLimitExceeded);
  AddModel("classes", 1, parameters, {.max_message_bytes = 92'000});
  EXPECT_EQ(Diagnostics(request).class_transitions().counts_size(), 10'000);
}

}  // namespace
}  // namespace cae::testing
