// Sample: which draws a stream brings, and that they are the same however the job is cut.
#include <gmock/gmock.h>

#include <cstring>
#include <thread>

#include "absl/strings/str_cat.h"
#include "core/sampling/reference_chain.h"
#include "core/serving/start_states.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/same_bits.h"

namespace cae::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class SampleRpcTest : public CaeServiceFixture {
 protected:
  static v1::SampleRequest Request(const char* model = "two") {
    v1::SampleRequest request;
    request.mutable_model()->set_name(model);
    request.set_seed(42);
    request.set_chains(3);
    request.set_draws(8);
    request.set_burn_in(2);
    request.set_thinning(3);
    return request;
  }
  SampleRun Run(const v1::SampleRequest& request) {
    SampleRun run = ReadAll(*stub_, *ClientCall(), request);
    EXPECT_TRUE(run.status.ok()) << run.status.error_message();
    return run;
  }
};

/// Draw by draw what the formulas give, one chain at a time and in double precision: [draws ·
/// chains, input units]. None of the code that serves takes part in it.
Matrix ExpectedDraws(const ModelParameters& model, const v1::SampleRequest& request,
                     const ChainParameters& parameters, const Matrix& starts) {
  const ReferenceAutoencoder reference(model);
  const ReferenceChain chain(reference, parameters);
  Matrix draws(request.draws() * starts.rows(), starts.cols());
  for (Index c = 0; c < starts.rows(); ++c) {
    Vector state = chain.InitialState(starts.row(c).transpose());
    const auto number = static_cast<std::uint64_t>(request.first_chain() + c);
    std::uint64_t step = 0;
    for (std::int64_t i = 0; i < request.draws(); ++i) {
      const auto end = static_cast<std::uint64_t>(request.burn_in() + (i + 1) * request.thinning());
      for (; step < end; ++step) state = chain.Step(state, number, step).state;
      draws.row(i * starts.rows() + c) = chain.Output(state).transpose();
    }
  }
  return draws;
}

/// Float32 roundings grow to about 1e-5 in the 26 steps that requests here make; a wrong seed,
/// chain number or step is off by 0.1 and more.
void ExpectNear(const std::string& samples, const Matrix& expected) {
  ASSERT_EQ(samples.size(), expected.size() * sizeof(float));
  Matrix draws(expected.rows(), expected.cols());
  std::memcpy(draws.data(), samples.data(), samples.size());
  for (Index row = 0; row < draws.rows(); ++row) {
    EXPECT_LE((draws.row(row) - expected.row(row)).norm(), 1e-4 * (1 + expected.row(row).norm()))
        << "row " << row;
  }
}

TEST_F(SampleRpcTest, DrawsAreThoseOfTheProcess) {
  v1::SampleRequest request = Request();
  request.set_noise_stddev(0.7);
  request.set_first_chain(5);
  for (const v1::SampleProcess process :
       {v1::SAMPLE_PROCESS_COMPOSED, v1::SAMPLE_PROCESS_TOP_LAYER}) {
    for (const int rank : {0, 2}) {
      SCOPED_TRACE(absl::StrCat(v1::SampleProcess_Name(process), ", rank ", rank));
      request.set_process(process);
      request.set_rank(rank);
      const SampleProcess meant = process == v1::SAMPLE_PROCESS_COMPOSED ? SampleProcess::kComposed
                                                                         : SampleProcess::kTopLayer;
      ExpectNear(Run(request).samples, ExpectedDraws(TwoLayers(), request, {42, 0.7, rank, meant},
                                                     PickStartExamples(*two_, 42, 5, 3)));
    }
  }
}

TEST_F(SampleRpcTest, InitialInputsStartTheChains) {
  v1::SampleRequest request = Request("one");
  request.set_rank(2);
  const ChainParameters parameters = {42, 1.0, 2, SampleProcess::kComposed};
  *request.mutable_initial_inputs() = ToTensor(Inputs(3));
  ExpectNear(Run(request).samples, ExpectedDraws(OneLayer(), request, parameters, Inputs(3)));
  *request.mutable_initial_inputs() = ToTensor(Inputs(1));
  ExpectNear(Run(request).samples,
             ExpectedDraws(OneLayer(), request, parameters, Inputs(1).replicate(3, 1)));
}

TEST_F(SampleRpcTest, TheHeaderSaysWhatTheChainsRunWith) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("two");
  request.set_draws(1);
  const SampleRun run = Run(request);
  const v1::SampleHeader& header = run.header();
  EXPECT_EQ(header.model().digest(), two_->identity.digest);
  EXPECT_EQ(header.noise_stddev(), two_->autoencoder->card().default_noise_stddev);
  EXPECT_EQ(header.rank(), 0);
  EXPECT_EQ(header.process(), v1::SAMPLE_PROCESS_COMPOSED);
  EXPECT_EQ(header.burn_in(), 0);
  EXPECT_EQ(header.thinning(), 1);
  EXPECT_EQ(header.chains(), 1);
  EXPECT_EQ(header.first_chain(), 0);

  // With the seed that the server drew, the run can be replayed.
  request.set_seed(header.seed());
  EXPECT_EQ(Run(request).samples, run.samples);
  request.clear_seed();
  EXPECT_NE(Run(request).header().seed(), header.seed());
}

TEST_F(SampleRpcTest, WhatTheRequestLeavesOpenIsTheCards) {
  ModelParameters parameters = TwoLayers();
  parameters.card.default_noise_stddev = 0.25;
  parameters.card.default_rank = 2;
  parameters.card.default_process = SampleProcess::kTopLayer;
  AddModel("card", 1, parameters);
  v1::SampleRequest request;
  request.mutable_model()->set_name("card");
  request.set_draws(1);
  v1::SampleHeader header = Run(request).header();
  EXPECT_EQ(header.noise_stddev(), 0.25);
  EXPECT_EQ(header.rank(), 2);
  EXPECT_EQ(header.process(), v1::SAMPLE_PROCESS_TOP_LAYER);

  request = Request("card");
  request.set_noise_stddev(0.5);
  request.set_rank(0);
  request.set_process(v1::SAMPLE_PROCESS_COMPOSED);
  request.set_first_chain(9);
  header = Run(request).header();
  EXPECT_EQ(header.model().name(), "card");
  EXPECT_EQ(header.seed(), 42u);
  EXPECT_EQ(header.noise_stddev(), 0.5);
  EXPECT_EQ(header.rank(), 0);
  EXPECT_EQ(header.process(), v1::SAMPLE_PROCESS_COMPOSED);
  EXPECT_EQ(header.burn_in(), 2);
  EXPECT_EQ(header.thinning(), 3);
  EXPECT_EQ(header.chains(), 3);
  EXPECT_EQ(header.first_chain(), 9);
}

TEST_F(SampleRpcTest, AZeroNoiseIsNotTheDefault) {
  v1::SampleRequest request = Request();
  request.set_noise_stddev(0);
  const SampleRun run = Run(request);
  EXPECT_EQ(run.header().noise_stddev(), 0);
  request.set_seed(43);
  *request.mutable_initial_inputs() = ToTensor(Inputs(3));
  const SampleRun other_seed = Run(request);
  request.set_seed(44);
  EXPECT_EQ(Run(request).samples, other_seed.samples);
}

TEST_F(SampleRpcTest, TheSameSeedGivesTheSameBytes) {
  v1::SampleRequest request = Request();
  request.set_include_codes(true);
  const SampleRun run = Run(request);
  const SampleRun again = Run(request);
  EXPECT_THAT(run.samples, Not(IsEmpty()));
  EXPECT_EQ(run.samples, again.samples);
  EXPECT_EQ(run.codes.size(), 8u * 3 * kTopUnits * 4);
  EXPECT_EQ(run.codes, again.codes);
  request.set_seed(43);
  EXPECT_NE(Run(request).samples, run.samples);
}

TEST_F(SampleRpcTest, PackingChangesNoBit) {
  v1::SampleRequest request = Request();
  const SampleRun run = Run(request);
  for (const int draws_per_message : {1, 3, 8, 100}) {
    request.set_draws_per_message(draws_per_message);
    const SampleRun packed = Run(request);
    EXPECT_EQ(packed.samples, run.samples);
    std::int64_t next = 0;
    for (const auto& message : packed.messages) {
      EXPECT_EQ(message.first_draw(), next);
      EXPECT_EQ(message.has_header(), next == 0);
      const std::int64_t draws = std::min<std::int64_t>(draws_per_message, 8 - next);
      EXPECT_THAT(message.samples().shape(), ElementsAre(draws, 3, kInputUnits));
      next += draws;
    }
    EXPECT_EQ(next, 8);
  }
}

TEST_F(SampleRpcTest, AResumedRunGoesOnBitForBit) {
  for (const v1::SampleProcess process :
       {v1::SAMPLE_PROCESS_COMPOSED, v1::SAMPLE_PROCESS_TOP_LAYER}) {
    v1::SampleRequest request = Request();
    request.set_process(process);
    request.set_include_codes(true);
    const SampleRun whole = Run(request);

    request.set_draws(3);
    const SampleRun first = Run(request);
    EXPECT_EQ(first.last_state().step(), 2 + 3 * 3);
    EXPECT_EQ(first.last_state().draws_done(), 3);

    v1::SampleRequest resume;
    resume.mutable_model()->set_name("two");
    resume.set_draws(5);
    resume.set_include_codes(true);
    *resume.mutable_resume_from() = first.last_state();
    const SampleRun second = Run(resume);
    EXPECT_EQ(second.first_message().first_draw(), 3);
    EXPECT_EQ(second.header().burn_in(), 2);
    EXPECT_EQ(second.header().seed(), 42u);
    EXPECT_EQ(second.header().chains(), 3);
    EXPECT_EQ(first.samples + second.samples, whole.samples);
    EXPECT_EQ(first.codes + second.codes, whole.codes);
    EXPECT_EQ(second.last_state().SerializeAsString(), whole.last_state().SerializeAsString());
  }
}

TEST_F(SampleRpcTest, ResumeTakesFieldsThatAgreeWithTheState) {
  v1::SampleRequest request = Request();
  *request.mutable_resume_from() = Run(request).last_state();
  EXPECT_EQ(Run(request).first_message().first_draw(), 8);
}

TEST_F(SampleRpcTest, ShardsByFirstChainGiveTheBitsOfOneStream) {
  v1::SampleRequest request = Request();
  request.set_chains(4);
  const SampleRun whole = Run(request);
  request.set_chains(2);
  const SampleRun low = Run(request);
  request.set_first_chain(2);
  const SampleRun high = Run(request);
  const std::size_t half = 2 * kInputUnits * 4;
  std::string merged;
  for (std::size_t at = 0; at < low.samples.size(); at += half) {
    merged += low.samples.substr(at, half) + high.samples.substr(at, half);
  }
  EXPECT_EQ(merged, whole.samples);
}

TEST_F(SampleRpcTest, StatesComeAtTheIntervalAskedFor) {
  const auto draws_with_states = [](const SampleRun& run) {
    std::vector<std::int64_t> draws;
    for (const auto& message : run.messages) {
      if (message.has_state()) draws.push_back(message.state().draws_done());
    }
    return draws;
  };
  v1::SampleRequest request = Request();
  EXPECT_THAT(draws_with_states(Run(request)), ElementsAre(8));
  request.set_state_interval(3);
  EXPECT_THAT(draws_with_states(Run(request)), ElementsAre(3, 6, 8));
  request.set_draws_per_message(2);
  EXPECT_THAT(draws_with_states(Run(request)), ElementsAre(3, 6, 8));
  request.set_state_interval(-1);
  EXPECT_THAT(draws_with_states(Run(request)), ElementsAre(8));
}

TEST_F(SampleRpcTest, AStateThatFindsNoRoomBesideTheDrawsFollowsThem) {
  // 200 bytes beside the overhead: 3 chains are 144 bytes a draw, and so is their state.
  AddModel("narrow", 1, TwoLayers(), {.max_message_bytes = 1024 + 200});
  const SampleRun run = Run(Request("narrow"));
  ASSERT_EQ(run.messages.size(), 9u);
  EXPECT_FALSE(run.messages[7].has_state());
  EXPECT_FALSE(run.messages[8].has_samples());
  EXPECT_EQ(run.messages[8].first_draw(), 8);
  EXPECT_EQ(run.last_state().draws_done(), 8);
  EXPECT_EQ(run.samples, Run(Request()).samples);
  for (const auto& message : run.messages) EXPECT_LE(message.ByteSizeLong(), 1224u);
}

TEST_F(SampleRpcTest, SamplesComeInTheTypeAskedFor) {
  v1::SampleRequest request = Request();
  const SampleRun floats = Run(request);
  request.set_output_data_type(v1::DATA_TYPE_UINT8);
  const SampleRun bytes = Run(request);
  ASSERT_EQ(bytes.samples.size(), floats.samples.size() / 4);
  EXPECT_EQ(bytes.first_message().samples().data_type(), v1::DATA_TYPE_UINT8);
  // The state is exact whatever the samples are sent as.
  EXPECT_EQ(bytes.last_state().tensor().data(), floats.last_state().tensor().data());

  request.clear_output_data_type();
  *request.mutable_initial_inputs() = ToTensor(Inputs(1), true);
  const SampleRun values = Run(request);
  EXPECT_GT(values.first_message().samples().values_size(), 0);
  EXPECT_EQ(values.last_state().tensor().values_size(), 0);
}

TEST_F(SampleRpcTest, ManyStreamsAtOnceGiveWhatOneGives) {
  constexpr int kStreams = 8;
  const std::string expected = Run(Request()).samples;
  std::vector<std::thread> threads;
  for (int i = 0; i < kStreams; ++i) {
    threads.emplace_back([this, &expected, i] {
      v1::SampleRequest request = Request();
      request.set_draws_per_message(1 + i);
      EXPECT_EQ(Run(request).samples, expected);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(observer_.WaitForStreams(kStreams + 1).size(), kStreams + 1u);
  EXPECT_EQ(observer_.draws(), (kStreams + 1) * 8 * 3);
  EXPECT_EQ(chains_.used(), 0);
}

}  // namespace
}  // namespace cae::testing
