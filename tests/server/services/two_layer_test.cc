// Models of two layers as they are served, with codes that are narrower than the input and wider.
#include <gmock/gmock.h>

#include "core/model/jacobian_operator.h"
#include "core/model/reference_autoencoder.h"
#include "core/sampling/reference_chain.h"
#include "core/serving/start_states.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/same_bits.h"

namespace cae::testing {
namespace {

using ::testing::ElementsAre;

struct Stack {
  const char* name;
  std::vector<Index> units;
  Weights weights;
};

class TwoLayerTest : public CaeServiceFixture, public ::testing::WithParamInterface<Stack> {
 protected:
  TwoLayerTest() {
    model_ = AddModel(
        "stack", 1,
        RandomModelParameters(GetParam().units, {Activation::kLogistic}, GetParam().weights, 5));
  }

  Index units(int layer) const { return GetParam().units[static_cast<std::size_t>(layer)]; }
  Matrix StackInputs(Index rows) const { return RandomMatrix(rows, units(0), 8, 0, 1); }

  template <typename Request>
  static Request For() {
    Request request;
    request.mutable_model()->set_name("stack");
    return request;
  }

  SampleRun Run(const v1::SampleRequest& request) {
    SampleRun run = ReadAll(*stub_, *ClientCall(), request);
    EXPECT_TRUE(run.status.ok()) << run.status.error_message();
    return run;
  }

  ServableHandle model_;
  Workspace workspace_;
};

INSTANTIATE_TEST_SUITE_P(Stacks, TwoLayerTest,
                         ::testing::Values(Stack{"Narrowing", {12, 8, 5}, Weights::kTied},
                                           Stack{"Widening", {7, 10, 14}, Weights::kUntied},
                                           Stack{"WideInTheMiddle", {9, 16, 9}, Weights::kTied}),
                         [](const auto& stack) { return stack.param.name; });

TEST_P(TwoLayerTest, EveryLayerEncodesAndDecodes) {
  const Matrix inputs = StackInputs(3);
  for (const int layer : {0, 1, 2}) {
    const int meant = layer == 0 ? 2 : layer;
    auto encode = For<v1::EncodeRequest>();
    *encode.mutable_inputs() = ToTensor(inputs);
    encode.set_layer(layer);
    v1::EncodeResponse encoded;
    ASSERT_TRUE(stub_->Encode(ClientCall().get(), encode, &encoded).ok());
    Matrix codes(3, units(meant));
    model_->autoencoder->Encode(inputs, meant, codes, workspace_);
    EXPECT_THAT(DecodeTensor(encoded.codes()), HasBitsOf(codes));

    auto decode = For<v1::DecodeRequest>();
    *decode.mutable_codes() = encoded.codes();
    decode.set_layer(layer);
    v1::DecodeResponse decoded;
    ASSERT_TRUE(stub_->Decode(ClientCall().get(), decode, &decoded).ok());
    Matrix outputs(3, units(0));
    model_->autoencoder->Decode(codes, meant, outputs, workspace_);
    EXPECT_THAT(DecodeTensor(decoded.outputs()), HasBitsOf(outputs));
  }
}

TEST_P(TwoLayerTest, TangentsOfEveryLayerAreCertified) {
  const Matrix inputs = StackInputs(2);
  const ReferenceAutoencoder reference(model_->autoencoder->parameters());
  for (const int layer : {1, 2}) {
    const Index whole = std::min(units(0), units(layer));
    const Index k = std::min<Index>(whole, model_->limits.max_rank);
    auto request = For<v1::TangentsRequest>();
    *request.mutable_inputs() = ToTensor(inputs);
    request.set_layer(layer);
    request.set_rank(static_cast<std::int32_t>(k));
    request.set_include_code_directions(true);
    v1::TangentsResponse response;
    ASSERT_TRUE(stub_->Tangents(ClientCall().get(), request, &response).ok());
    EXPECT_THAT(response.code_directions().shape(), ElementsAre(2, k, units(layer)));
    const MatrixD values = DecodeTensor(response.singular_values()).cast<double>();
    const MatrixD directions = DecodeTensor(response.directions()).cast<double>();
    const MatrixD codes = DecodeTensor(response.code_directions()).cast<double>();
    for (Index row = 0; row < 2; ++row) {
      const VectorD x = inputs.row(row).cast<double>().transpose();
      const JacobianOperator jacobian(reference, reference.Forward(x, 1, layer), 1);
      const MatrixD v = directions.middleRows(k * row, k);
      EXPECT_TRUE((v * v.transpose()).isIdentity(1e-5));
      const double norm = jacobian.SquaredFrobeniusNorm();
      EXPECT_LE(values.row(row).squaredNorm(), norm + 1e-5);
      if (k == whole) {
        EXPECT_NEAR(values.row(row).squaredNorm(), norm, 1e-5);
      }
      for (Index i = 0; i < k; ++i) {
        const VectorD u = codes.row(k * row + i).transpose();
        const double sigma = values(row, i);
        EXPECT_LE((jacobian.Apply(v.row(i).transpose()) - sigma * u).norm(), 1e-4 * values(row, 0));
        Index largest = 0;
        v.row(i).cwiseAbs().maxCoeff(&largest);
        EXPECT_GT(v(i, largest), 0);
        EXPECT_LE(sigma, values(row, std::max<Index>(0, i - 1)));
      }
    }
  }
}

/// Codes and draws of one chain after another, as the process gives them in double precision.
void ExpectRun(const SampleRun& run, const Servable& servable, const ChainParameters& parameters,
               int draws, int chains) {
  const ReferenceAutoencoder reference(servable.autoencoder->parameters());
  const ReferenceChain chain(reference, parameters);
  const Matrix starts = PickStartExamples(servable, parameters.seed, 0, chains);
  const Index input = servable.autoencoder->input_units();
  const Index code = servable.autoencoder->code_units();
  ASSERT_EQ(run.samples.size(), static_cast<std::size_t>(4 * draws * chains * input));
  ASSERT_EQ(run.codes.size(), static_cast<std::size_t>(4 * draws * chains * code));
  const ConstMatrixView samples(reinterpret_cast<const float*>(run.samples.data()), draws * chains,
                                input);
  const ConstMatrixView codes(reinterpret_cast<const float*>(run.codes.data()), draws * chains,
                              code);
  for (int c = 0; c < chains; ++c) {
    Vector state = chain.InitialState(starts.row(c));
    for (int i = 0; i < draws; ++i) {
      const auto transition = chain.Step(state, static_cast<std::uint64_t>(c), i);
      state = transition.state;
      // Three steps in float32, the first singular directions to 1e-4.
      EXPECT_TRUE(codes.row(i * chains + c).isApprox(transition.code.transpose(), 1e-3f));
      EXPECT_TRUE(samples.row(i * chains + c).isApprox(chain.Output(state).transpose(), 1e-3f));
    }
  }
}

TEST_P(TwoLayerTest, BothProcessesGiveTheirDrawsAndPerturbedCodesAtEveryRank) {
  for (const auto process : {v1::SAMPLE_PROCESS_COMPOSED, v1::SAMPLE_PROCESS_TOP_LAYER}) {
    for (const int rank : {0, 1, 4}) {
      auto request = For<v1::SampleRequest>();
      request.set_process(process);
      request.set_rank(rank);
      request.set_seed(9);
      request.set_noise_stddev(0.6);
      request.set_chains(2);
      request.set_draws(3);
      request.set_include_codes(true);
      const SampleRun run = Run(request);
      EXPECT_EQ(run.header().process(), process);
      EXPECT_EQ(run.header().rank(), rank);
      const bool top = process == v1::SAMPLE_PROCESS_TOP_LAYER;
      ExpectRun(run, *model_,
                {9, 0.6, rank, top ? SampleProcess::kTopLayer : SampleProcess::kComposed}, 3, 2);
    }
  }
}

TEST_P(TwoLayerTest, AStateTellsAllThatAReplicaNeedsAndGoesOnBitForBit) {
  for (const auto process : {v1::SAMPLE_PROCESS_COMPOSED, v1::SAMPLE_PROCESS_TOP_LAYER}) {
    auto request = For<v1::SampleRequest>();
    request.set_process(process);
    request.set_seed(11);
    request.set_noise_stddev(0.4);
    request.set_rank(2);
    request.set_chains(3);
    request.set_first_chain(7);
    request.set_burn_in(1);
    request.set_thinning(2);
    request.set_draws(6);
    request.set_include_codes(true);
    const SampleRun whole = Run(request);
    request.set_draws(2);
    const SampleRun first = Run(request);

    const v1::SampleState& state = first.last_state();
    EXPECT_EQ(state.model().digest(), model_->identity.digest);
    EXPECT_EQ(state.model().fingerprint(), model_->identity.fingerprint);
    EXPECT_EQ(state.seed(), 11u);
    EXPECT_EQ(state.noise_stddev(), 0.4);
    EXPECT_EQ(state.rank(), 2);
    EXPECT_EQ(state.process(), process);
    EXPECT_EQ(state.burn_in(), 1);
    EXPECT_EQ(state.thinning(), 2);
    EXPECT_EQ(state.first_chain(), 7);
    EXPECT_EQ(state.step(), 1 + 2 * 2);
    EXPECT_EQ(state.draws_done(), 2);
    EXPECT_EQ(state.tensor().data_type(), v1::DATA_TYPE_FLOAT32);
    const bool top = process == v1::SAMPLE_PROCESS_TOP_LAYER;
    EXPECT_THAT(state.tensor().shape(), ElementsAre(3, units(top ? 1 : 0)));

    auto resume = For<v1::SampleRequest>();
    *resume.mutable_resume_from() = state;
    resume.set_draws(4);
    resume.set_include_codes(true);
    const SampleRun second = Run(resume);
    EXPECT_EQ(second.header().process(), process);
    EXPECT_EQ(second.first_message().first_draw(), 2);
    EXPECT_EQ(first.samples + second.samples, whole.samples);
    EXPECT_EQ(first.codes + second.codes, whole.codes);
    EXPECT_EQ(second.last_state().SerializeAsString(), whole.last_state().SerializeAsString());
  }
}

}  // namespace
}  // namespace cae::testing
