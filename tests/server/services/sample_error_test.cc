// The error table for Sample: chains, packing, states that are brought back.
#include <gmock/gmock.h>

#include <functional>
#include <limits>
#include <ostream>

#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

struct Fault {
  const char* name;
  std::function<void(v1::SampleRequest&)> spoil;
  absl::StatusCode code;
  const char* message;      ///< a part of it
  const char* field = "";   ///< of the BadRequest, or of a RESUME_MISMATCH
  const char* reason = "";  ///< of the ErrorInfo
};
void PrintTo(const Fault& fault, std::ostream* os) { *os << fault.name; }
std::string FaultName(const ::testing::TestParamInfo<Fault>& fault) { return fault.param.name; }

class SampleErrorTest : public CaeServiceFixture, public ::testing::WithParamInterface<Fault> {
 protected:
  SampleErrorTest() {
    // Room for four draws of one chain, 48 bytes each.
    AddModel("small", 1, OneLayer(),
             {.max_chains = 3, .max_rank = 2, .max_message_bytes = 1024 + 200});
    AddModel("wide", 1, OneLayer(), {.max_chains = 100, .max_message_bytes = 1024 + 200});
    registry_.SetLoading("loading", 1);
  }

  static v1::SampleRequest Good() {
    v1::SampleRequest request;
    request.mutable_model()->set_name("one");
    request.set_chains(2);
    request.set_draws(2);
    return request;
  }

  absl::Status Sample(const v1::SampleRequest& request) {
    SampleRun run = ReadAll(*stub_, *ClientCall(), request);
    if (!run.messages.empty()) last_state_ = run.last_state();
    return FromGrpcStatus(run.status);
  }

  void ExpectFault(const absl::Status& status, const Fault& fault) {
    EXPECT_THAT(status, StatusIs(fault.code, HasSubstr(fault.message)));
    EXPECT_EQ(ReasonOf(status), fault.reason);
    const auto info = GetErrorInfo(status);
    const auto bad_request = GetBadRequest(status);
    std::string field = bad_request.has_value() ? bad_request->field_violations(0).field() : "";
    if (info.has_value() && info->metadata().contains("field")) {
      field = info->metadata().at("field");
    }
    EXPECT_EQ(field, fault.field);
    EXPECT_EQ(chains_.used(), 0);
  }

  v1::SampleState last_state_;
};

TEST_P(SampleErrorTest, AnswersTheFault) {
  v1::SampleRequest request = Good();
  ASSERT_THAT(Sample(request), IsOk());
  GetParam().spoil(request);
  ExpectFault(Sample(request), GetParam());
}

using enum absl::StatusCode;

const Fault kFresh[] = {
    {"UnknownModel", [](auto& r) { r.mutable_model()->set_name("three"); }, kNotFound,
     "'three' is unknown", "", kReasonModelNotFound},
    {"EmptyInitialInputs", [](auto& r) { r.mutable_initial_inputs(); }, kInvalidArgument,
     "initial_inputs is missing or empty", "initial_inputs"},
    {"ModelNotReady", [](auto& r) { r.mutable_model()->set_name("loading"); }, kFailedPrecondition,
     "still being loaded", "", kReasonModelNotReady},
    {"NegativeChains", [](auto& r) { r.set_chains(-1); }, kInvalidArgument, "chains is -1",
     "chains"},
    {"NegativeDraws", [](auto& r) { r.set_draws(-1); }, kInvalidArgument,
     "draws is -1; model 'one' v1 takes at least 0", "draws"},
    {"NegativeBurnIn", [](auto& r) { r.set_burn_in(-1); }, kInvalidArgument, "burn_in is -1",
     "burn_in"},
    {"NegativeThinning", [](auto& r) { r.set_thinning(-1); }, kInvalidArgument, "thinning is -1",
     "thinning"},
    {"NegativeRank", [](auto& r) { r.set_rank(-1); }, kInvalidArgument, "rank is -1", "rank"},
    {"NegativeFirstChain", [](auto& r) { r.set_first_chain(-1); }, kInvalidArgument,
     "first_chain is -1", "first_chain"},
    {"NegativeDrawsPerMessage", [](auto& r) { r.set_draws_per_message(-1); }, kInvalidArgument,
     "draws_per_message is -1", "draws_per_message"},
    {"StateIntervalBelowMinusOne", [](auto& r) { r.set_state_interval(-2); }, kInvalidArgument,
     "state_interval is -2", "state_interval"},
    {"NegativeNoise", [](auto& r) { r.set_noise_stddev(-0.5); }, kInvalidArgument,
     "noise_stddev is -0.5; model 'one' v1 takes", "noise_stddev"},
    {"NoiseNan", [](auto& r) { r.set_noise_stddev(kNan); }, kInvalidArgument, "noise_stddev is nan",
     "noise_stddev"},
    {"UnknownProcess", [](auto& r) { r.set_process(static_cast<v1::SampleProcess>(9)); },
     kInvalidArgument, "process is 9", "process"},
    {"UnknownDiagnostics", [](auto& r) { r.set_diagnostics(static_cast<v1::DiagnosticsLevel>(9)); },
     kInvalidArgument, "diagnostics is 9", "diagnostics"},
    {"CodesAsBytes",
     [](auto& r) {
       r.set_output_data_type(v1::DATA_TYPE_UINT8);
       r.set_include_codes(true);
     },
     kInvalidArgument, "perturbed codes", "output_data_type"},
    {"InitialInputsOfOtherRows",
     [](auto& r) {
       *r.mutable_initial_inputs() = SampleErrorTest::ToTensor(SampleErrorTest::Inputs(3));
     },
     kInvalidArgument, "3 rows; 2 chains", "initial_inputs.shape"},
    {"InitialInputsOfOtherColumns",
     [](auto& r) { *r.mutable_initial_inputs() = SampleErrorTest::ToTensor(Matrix::Zero(2, 9)); },
     kInvalidArgument, "9 columns; model 'one' v1 takes 12", "initial_inputs.shape"},
    {"ChainsOfTheCard",
     [](auto& r) {
       r.mutable_model()->set_name("small");
       r.set_chains(4);
     },
     kOutOfRange, "at most 3 fit into a stream: shard the job by first_chain", "",
     kReasonLimitExceeded},
    {"ChainsThatOneMessageCannotHold",
     [](auto& r) {
       r.mutable_model()->set_name("wide");
       r.set_chains(5);
     },
     kOutOfRange, "at most 4 fit", "", kReasonLimitExceeded},
    // Bytes make samples smaller, not states.
    {"ChainsWhoseStateOneMessageCannotHold",
     [](auto& r) {
       r.mutable_model()->set_name("wide");
       r.set_chains(5);
       r.set_output_data_type(v1::DATA_TYPE_UINT8);
     },
     kOutOfRange, "at most 4 fit", "", kReasonLimitExceeded},
    {"DrawsThatOneMessageCannotHold",
     [](auto& r) {
       r.mutable_model()->set_name("small");
       r.set_draws(100);
       r.set_draws_per_message(3);
     },
     kOutOfRange, "at most 2 draws of 2 chains", "", kReasonLimitExceeded},
    {"RankOfTheCard",
     [](auto& r) {
       r.mutable_model()->set_name("small");
       r.set_rank(3);
     },
     kOutOfRange, "gives at most 2", "", kReasonLimitExceeded},
    {"StepsBeyondTheCounter", [](auto& r) { r.set_burn_in(std::int64_t{1} << 60); }, kOutOfRange,
     "2^48", "", kReasonLimitExceeded},
    {"ChainsBeyondTheCounter", [](auto& r) { r.set_first_chain(std::int64_t{1} << 48); },
     kOutOfRange, "2^48", "", kReasonLimitExceeded},
    {"InitialInputsNan",
     [](auto& r) {
       *r.mutable_initial_inputs() = SampleErrorTest::ToTensor(Matrix::Constant(1, 12, kNan));
     },
     kInvalidArgument, "initial_inputs[0, 0] is nan", "initial_inputs"},
    {"InitialInputsOutOfRange",
     [](auto& r) {
       *r.mutable_initial_inputs() = SampleErrorTest::ToTensor(Matrix::Constant(1, 12, 200));
     },
     kInvalidArgument, "divide by 255", "initial_inputs"},
    {"ClassesWithoutAClassifier", [](auto& r) { r.set_diagnostics(v1::DIAGNOSTICS_LEVEL_CLASSES); },
     kFailedPrecondition, "no classifier", "", kReasonNoClassifier},
};
INSTANTIATE_TEST_SUITE_P(Fresh, SampleErrorTest, ::testing::ValuesIn(kFresh), FaultName);

class SampleResumeErrorTest : public SampleErrorTest {};

TEST_P(SampleResumeErrorTest, AnswersTheFault) {
  v1::SampleRequest request = Good();
  request.set_seed(3);
  request.set_burn_in(1);
  request.set_thinning(2);
  ASSERT_THAT(Sample(request), IsOk());
  *request.mutable_resume_from() = last_state_;
  ASSERT_THAT(Sample(request), IsOk());
  GetParam().spoil(request);
  ExpectFault(Sample(request), GetParam());
}

const Fault kResumed[] = {
    {"InitialInputsBeside",
     [](auto& r) {
       *r.mutable_initial_inputs() = SampleErrorTest::ToTensor(SampleErrorTest::Inputs(2));
     },
     kFailedPrecondition, "a resumed chain starts where it was", "initial_inputs",
     kReasonResumeMismatch},
    {"NoTensor", [](auto& r) { r.mutable_resume_from()->clear_tensor(); }, kInvalidArgument,
     "resume_from.tensor is missing", "resume_from.tensor"},
    {"TensorOfBytes",
     [](auto& r) {
       v1::Tensor& tensor = *r.mutable_resume_from()->mutable_tensor();
       tensor.set_data_type(v1::DATA_TYPE_UINT8);
       tensor.mutable_data()->resize(2 * kInputUnits);
     },
     kInvalidArgument, "a state is FLOAT32", "resume_from.tensor.data_type"},
    {"StateNan",
     [](auto& r) {
       *r.mutable_resume_from()->mutable_tensor() =
           SampleErrorTest::ToTensor(Matrix::Constant(2, 12, kNan));
     },
     kInvalidArgument, "resume_from.tensor[0, 0] is nan", "resume_from.tensor"},
    {"StateOfOtherColumns",
     [](auto& r) {
       *r.mutable_resume_from()->mutable_tensor() =
           SampleErrorTest::ToTensor(Matrix::Constant(2, 11, 0.5f));
     },
     kInvalidArgument, "11 columns", "resume_from.tensor.shape"},
    {"DrawsThatStepsDoNotMake", [](auto& r) { r.mutable_resume_from()->set_draws_done(7); },
     kInvalidArgument, "draws_done is 7; after 5 steps", "resume_from.draws_done"},
    {"NegativeStep", [](auto& r) { r.mutable_resume_from()->set_step(-5); }, kInvalidArgument,
     "resume_from.step is -5", "resume_from.step"},
    {"NoThinning", [](auto& r) { r.mutable_resume_from()->set_thinning(0); }, kInvalidArgument,
     "resume_from.thinning is 0", "resume_from.thinning"},
    {"NoProcess", [](auto& r) { r.mutable_resume_from()->clear_process(); }, kInvalidArgument,
     "resume_from.process", "resume_from.process"},
    {"StateNoiseNan", [](auto& r) { r.mutable_resume_from()->set_noise_stddev(kNan); },
     kInvalidArgument, "resume_from.noise_stddev", "resume_from.noise_stddev"},
    {"StateRankBeyondTheCard", [](auto& r) { r.mutable_resume_from()->set_rank(9); }, kOutOfRange,
     "gives at most 8", "", kReasonLimitExceeded},
    {"OtherDigest", [](auto& r) { r.mutable_resume_from()->mutable_model()->set_digest("00"); },
     kFailedPrecondition, "another digest", "model.digest", kReasonResumeMismatch},
    {"OtherModel", [](auto& r) { r.mutable_model()->set_name("two"); }, kFailedPrecondition,
     "another digest than model 'two' v2", "model.digest", kReasonResumeMismatch},
    {"OtherFingerprint",
     [](auto& r) { r.mutable_resume_from()->mutable_model()->set_fingerprint("00"); },
     kFailedPrecondition, "fingerprint", "model.fingerprint", kReasonResumeMismatch},
    {"OtherChains", [](auto& r) { r.set_chains(3); }, kFailedPrecondition,
     "chains is 3 in the request and 2 in the state", "chains", kReasonResumeMismatch},
    {"OtherSeed", [](auto& r) { r.set_seed(4); }, kFailedPrecondition,
     "seed is 4 in the request and 3 in the state", "seed", kReasonResumeMismatch},
    {"OtherNoise", [](auto& r) { r.set_noise_stddev(0); }, kFailedPrecondition,
     "noise_stddev is 0 in the request and 1", "noise_stddev", kReasonResumeMismatch},
    {"OtherRank", [](auto& r) { r.set_rank(1); }, kFailedPrecondition, "rank is 1", "rank",
     kReasonResumeMismatch},
    {"OtherProcess", [](auto& r) { r.set_process(v1::SAMPLE_PROCESS_TOP_LAYER); },
     kFailedPrecondition, "process is SAMPLE_PROCESS_TOP_LAYER", "process", kReasonResumeMismatch},
    {"OtherFirstChain", [](auto& r) { r.set_first_chain(6); }, kFailedPrecondition,
     "first_chain is 6", "first_chain", kReasonResumeMismatch},
    {"OtherBurnInAndThinning",
     [](auto& r) {
       r.set_burn_in(2);
       r.set_thinning(3);
     },
     kFailedPrecondition, "burn_in is 2 in the request and 1 in the state; thinning is 3",
     "burn_in,thinning", kReasonResumeMismatch},
};
INSTANTIATE_TEST_SUITE_P(Resumed, SampleResumeErrorTest, ::testing::ValuesIn(kResumed), FaultName);

TEST_F(SampleErrorTest, TheNumbersThatRefusalsNameDoFit) {
  v1::SampleRequest request = Good();
  request.mutable_model()->set_name("small");
  request.set_chains(3);
  request.set_rank(2);
  EXPECT_THAT(Sample(request), IsOk());
  request.set_chains(2);
  request.set_draws(100);
  request.set_draws_per_message(2);
  EXPECT_THAT(Sample(request), IsOk());
  request = Good();
  request.mutable_model()->set_name("wide");
  request.set_chains(4);
  EXPECT_THAT(Sample(request), IsOk());
}

TEST_F(SampleErrorTest, DrawsWithoutEndEndWhereTheNoiseCounterDoes) {
  v1::SampleRequest request = Good();
  request.set_burn_in(1);
  request.set_thinning(2);
  ASSERT_THAT(Sample(request), IsOk());
  request.clear_draws();
  const std::int64_t last = ((std::int64_t{1} << 48) - 2) / 2;
  v1::SampleState& state = *request.mutable_resume_from();
  state = last_state_;
  state.set_draws_done(last - 2);
  state.set_step(1 + 2 * (last - 2));
  ASSERT_THAT(Sample(request), IsOk());
  EXPECT_EQ(last_state_.draws_done(), last);
  // Where no draw fits, none is begun.
  state = last_state_;
  EXPECT_THAT(Sample(request), StatusIs(kOutOfRange, HasSubstr("2^48")));
}

TEST_F(SampleErrorTest, AChainThatLeavesTheNumbersEndsItsStreamAlone) {
  v1::SampleRequest request = Good();
  request.set_noise_stddev(1e300);
  EXPECT_THAT(Sample(request), StatusIs(kInternal, HasSubstr("smaller noise_stddev")));
  EXPECT_THAT(Sample(Good()), IsOk());
}

}  // namespace
}  // namespace cae::testing
