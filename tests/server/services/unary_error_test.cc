// The faults of unary requests in their variety. The order in which faults are looked for is walked
// in error_table_test.cc.
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

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

/// Requests without a fault, for the cases to spoil.
struct Requests {
  v1::EncodeRequest encode;
  v1::DecodeRequest decode;
  v1::ReconstructRequest reconstruct;
  v1::TangentsRequest tangents;
  v1::ClassifyRequest classify;
};

struct Fault {
  const char* name;
  const char* method;
  std::function<void(Requests&)> spoil;
  absl::StatusCode code;
  const char* message;      ///< a part of it
  const char* field = "";   ///< of the BadRequest
  const char* reason = "";  ///< of the ErrorInfo
};
void PrintTo(const Fault& fault, std::ostream* os) { *os << fault.name; }
std::string FaultName(const ::testing::TestParamInfo<Fault>& fault) { return fault.param.name; }

Matrix With(Matrix rows, Index row, Index column, float value) {
  rows(row, column) = value;
  return rows;
}

class UnaryErrorTest : public CaeServiceFixture, public ::testing::WithParamInterface<Fault> {
 protected:
  UnaryErrorTest() {
    AddModel("small", 1, OneLayer(), {.max_rows = 4, .max_rank = 3, .max_message_bytes = 1200});
    registry_.SetLoading("loading", 1);
    ModelParameters linear = RandomModelParameters({kInputUnits, kCodeUnits},
                                                   {Activation::kIdentity}, Weights::kTied, 4);
    AddModel("linear", 1, linear);
  }

  static Requests Good() {
    Requests requests;
    for (v1::ModelSelector* model :
         {requests.encode.mutable_model(), requests.decode.mutable_model(),
          requests.reconstruct.mutable_model(), requests.tangents.mutable_model(),
          requests.classify.mutable_model()}) {
      model->set_name("two");
    }
    const v1::Tensor inputs = ToTensor(Inputs(2));
    *requests.encode.mutable_inputs() = inputs;
    *requests.decode.mutable_codes() = ToTensor(Matrix::Constant(2, kTopUnits, 0.5f));
    *requests.reconstruct.mutable_inputs() = inputs;
    *requests.tangents.mutable_inputs() = inputs;
    requests.tangents.set_rank(2);
    *requests.classify.mutable_inputs() = inputs;
    return requests;
  }

  absl::Status Call(const std::string& method, const Requests& requests) {
    const auto call = ClientCall();
    grpc::Status status;
    if (method == "Encode") {
      v1::EncodeResponse response;
      status = stub_->Encode(call.get(), requests.encode, &response);
    } else if (method == "Decode") {
      v1::DecodeResponse response;
      status = stub_->Decode(call.get(), requests.decode, &response);
    } else if (method == "Reconstruct") {
      v1::ReconstructResponse response;
      status = stub_->Reconstruct(call.get(), requests.reconstruct, &response);
    } else if (method == "Tangents") {
      v1::TangentsResponse response;
      status = stub_->Tangents(call.get(), requests.tangents, &response);
    } else {
      v1::ClassifyResponse response;
      status = stub_->Classify(call.get(), requests.classify, &response);
    }
    return FromGrpcStatus(status);
  }
};

TEST_P(UnaryErrorTest, AnswersTheFault) {
  const Fault& fault = GetParam();
  Requests requests = Good();
  ASSERT_THAT(Call(fault.method, requests), IsOk());
  fault.spoil(requests);
  const absl::Status status = Call(fault.method, requests);
  EXPECT_THAT(status, StatusIs(fault.code, HasSubstr(fault.message)));
  const auto bad_request = GetBadRequest(status);
  EXPECT_EQ(bad_request.has_value() ? bad_request->field_violations(0).field() : "", fault.field);
  EXPECT_EQ(ReasonOf(status), fault.reason);
  EXPECT_EQ(rows_.used(), 0);
}

using enum absl::StatusCode;

const Fault kRow2[] = {
    {"NoName", "Encode", [](Requests& r) { r.encode.clear_model(); }, kNotFound, "names no model",
     "", kReasonModelNotFound},
    {"UnknownName", "Decode", [](Requests& r) { r.decode.mutable_model()->set_name("three"); },
     kNotFound, "model 'three' is unknown", "", kReasonModelNotFound},
    {"NameIsAPath", "Classify", [](Requests& r) { r.classify.mutable_model()->set_name("../two"); },
     kNotFound, "name", "", kReasonModelNotFound},
    {"UnknownVersion", "Tangents", [](Requests& r) { r.tangents.mutable_model()->set_version(9); },
     kNotFound, "no version 9", "", kReasonModelNotFound},
    {"UnknownLabel", "Reconstruct",
     [](Requests& r) { r.reconstruct.mutable_model()->set_label("stable"); }, kNotFound, "label",
     "", kReasonModelNotFound},
    {"UnknownNameBeforeBadTensor", "Encode",
     [](Requests& r) {
       r.encode.mutable_model()->set_name("three");
       r.encode.clear_inputs();
     },
     kNotFound, "three", "", kReasonModelNotFound},
};
INSTANTIATE_TEST_SUITE_P(Row2, UnaryErrorTest, ::testing::ValuesIn(kRow2), FaultName);

const Fault kRow3[] = {
    {"NoTensor", "Encode", [](Requests& r) { r.encode.clear_inputs(); }, kInvalidArgument,
     "inputs is missing", "inputs"},
    {"DataAndValues", "Decode", [](Requests& r) { r.decode.mutable_codes()->add_values(1); },
     kInvalidArgument, "both data and values", "codes"},
    {"BytesAgainstShape", "Reconstruct",
     [](Requests& r) { r.reconstruct.mutable_inputs()->mutable_data()->pop_back(); },
     kInvalidArgument, "inputs.data has 95 bytes", "inputs.data"},
    {"NegativeDimension", "Tangents",
     [](Requests& r) { r.tangents.mutable_inputs()->set_shape(0, -2); }, kInvalidArgument, "is -2",
     "inputs.shape"},
    {"OverflowingShape", "Classify",
     [](Requests& r) { r.classify.mutable_inputs()->set_shape(0, std::int64_t{1} << 62); },
     kInvalidArgument, "64 bits", "inputs.shape"},
    {"BadTensorBeforeModelNotReady", "Encode",
     [](Requests& r) {
       r.encode.mutable_model()->set_name("loading");
       r.encode.clear_inputs();
     },
     kInvalidArgument, "inputs is missing", "inputs"},
    {"BadTensorBeforeShape", "Encode",
     [](Requests& r) {
       r.encode.mutable_inputs()->set_shape(1, kInputUnits - 1);
       r.encode.set_layer(7);
     },
     kInvalidArgument, "inputs.data has", "inputs.data"},
};
INSTANTIATE_TEST_SUITE_P(Row3, UnaryErrorTest, ::testing::ValuesIn(kRow3), FaultName);

const Fault kRow4[] = {
    {"Columns", "Encode",
     [](Requests& r) {
       *r.encode.mutable_inputs() = UnaryErrorTest::ToTensor(Matrix::Zero(2, 10));
     },
     kInvalidArgument, "inputs has 10 columns; model 'two' v2 takes 12", "inputs.shape"},
    {"ThreeDimensions", "Classify", [](Requests& r) { r.classify.mutable_inputs()->add_shape(1); },
     kInvalidArgument, "takes [n, 12] or [12]", "inputs.shape"},
    {"CodesOfAnotherLayer", "Decode", [](Requests& r) { r.decode.set_layer(1); }, kInvalidArgument,
     "codes has 5 columns; model 'two' v2 takes 8", "codes.shape"},
    {"LayerTooHigh", "Encode", [](Requests& r) { r.encode.set_layer(3); }, kInvalidArgument,
     "layer is 3; model 'two' v2 has layers 1 to 2", "layer"},
    {"LayerNegative", "Tangents", [](Requests& r) { r.tangents.set_layer(-1); }, kInvalidArgument,
     "layer is -1", "layer"},
    {"RankMissing", "Tangents", [](Requests& r) { r.tangents.clear_rank(); }, kInvalidArgument,
     "rank is 0; model 'two' v2 takes at least 1", "rank"},
    {"RankNegative", "Tangents", [](Requests& r) { r.tangents.set_rank(-4); }, kInvalidArgument,
     "rank is -4", "rank"},
    {"ToleranceNegative", "Tangents", [](Requests& r) { r.tangents.set_tolerance(-1e-3); },
     kInvalidArgument, "tolerance is -0.001; model 'two' v2 takes 1e-06 to 0.1", "tolerance"},
    {"ToleranceNan", "Tangents", [](Requests& r) { r.tangents.set_tolerance(kNan); },
     kInvalidArgument, "tolerance is nan", "tolerance"},
    {"TopKNegative", "Classify", [](Requests& r) { r.classify.set_top_k(-1); }, kInvalidArgument,
     "top_k is -1", "top_k"},
    {"DirectionsAsBytes", "Tangents",
     [](Requests& r) { r.tangents.set_output_data_type(v1::DATA_TYPE_UINT8); }, kInvalidArgument,
     "UINT8", "output_data_type"},
    {"LinearCodesAsBytes", "Encode",
     [](Requests& r) {
       r.encode.mutable_model()->set_name("linear");
       r.encode.set_output_data_type(v1::DATA_TYPE_UINT8);
     },
     kInvalidArgument, "codes of layer 1 of model 'linear' v1", "output_data_type"},
    {"LinearOutputsAsBytes", "Reconstruct",
     [](Requests& r) {
       r.reconstruct.mutable_model()->set_name("linear");
       r.reconstruct.set_output_data_type(v1::DATA_TYPE_UINT8);
     },
     kInvalidArgument, "outputs of model 'linear' v1", "output_data_type"},
    {"UnknownOutputType", "Decode",
     [](Requests& r) { r.decode.set_output_data_type(static_cast<v1::DataType>(77)); },
     kInvalidArgument, "output_data_type is 77", "output_data_type"},
    {"ShapeBeforeLimits", "Encode",
     [](Requests& r) {
       r.encode.mutable_model()->set_name("small");
       *r.encode.mutable_inputs() = UnaryErrorTest::ToTensor(Matrix::Zero(5, 10));
     },
     kInvalidArgument, "10 columns", "inputs.shape"},
};
INSTANTIATE_TEST_SUITE_P(Row4, UnaryErrorTest, ::testing::ValuesIn(kRow4), FaultName);

const Fault kRow5[] = {
    {"Rows", "Encode",
     [](Requests& r) {
       r.encode.mutable_model()->set_name("small");
       *r.encode.mutable_inputs() = UnaryErrorTest::ToTensor(UnaryErrorTest::Inputs(5));
     },
     kOutOfRange, "inputs has 5 rows; model 'small' v1 takes at most 4", "", kReasonLimitExceeded},
    // 176 bytes beside the overhead, 48 bytes a row.
    {"AnswerBytes", "Decode",
     [](Requests& r) {
       r.decode.mutable_model()->set_name("small");
       *r.decode.mutable_codes() = UnaryErrorTest::ToTensor(Matrix::Zero(4, kCodeUnits));
     },
     kOutOfRange, "at most 3 rows fit", "", kReasonLimitExceeded},
    {"RankOfTheCard", "Tangents",
     [](Requests& r) {
       r.tangents.mutable_model()->set_name("small");
       r.tangents.set_rank(4);
     },
     kOutOfRange, "rank is 4; model 'small' v1", "", kReasonLimitExceeded},
    {"RankOfTheJacobian", "Tangents", [](Requests& r) { r.tangents.set_rank(6); }, kOutOfRange,
     "gives at most 5", "", kReasonLimitExceeded},
    {"LimitsBeforeValues", "Encode",
     [](Requests& r) {
       r.encode.mutable_model()->set_name("small");
       *r.encode.mutable_inputs() = UnaryErrorTest::ToTensor(Matrix::Constant(5, 12, 300));
     },
     kOutOfRange, "5 rows", "", kReasonLimitExceeded},
};
INSTANTIATE_TEST_SUITE_P(Row5, UnaryErrorTest, ::testing::ValuesIn(kRow5), FaultName);

const Fault kRow6[] = {
    {"Nan", "Encode",
     [](Requests& r) {
       *r.encode.mutable_inputs() =
           UnaryErrorTest::ToTensor(With(UnaryErrorTest::Inputs(2), 1, 3, kNan));
     },
     kInvalidArgument, "inputs[1, 3] is nan", "inputs"},
    {"NanEvenOutOfRange", "Reconstruct",
     [](Requests& r) {
       r.reconstruct.set_allow_out_of_range(true);
       *r.reconstruct.mutable_inputs() =
           UnaryErrorTest::ToTensor(With(UnaryErrorTest::Inputs(2), 0, 2, kNan));
     },
     kInvalidArgument, "inputs[0, 2] is nan", "inputs"},
    {"InfiniteCode", "Decode",
     [](Requests& r) {
       *r.decode.mutable_codes() = UnaryErrorTest::ToTensor(
           With(Matrix::Zero(2, kTopUnits), 0, 4, std::numeric_limits<float>::infinity()));
     },
     kInvalidArgument, "codes[0, 4] is inf", "codes"},
    {"PixelsTo255", "Tangents",
     [](Requests& r) {
       *r.tangents.mutable_inputs() = UnaryErrorTest::ToTensor(255 * UnaryErrorTest::Inputs(2));
     },
     kInvalidArgument, "divide by 255 or send UINT8", "inputs"},
    {"ValuesBeforePreconditions", "Classify",
     [](Requests& r) {
       r.classify.mutable_model()->set_name("one");
       *r.classify.mutable_inputs() = UnaryErrorTest::ToTensor(Matrix::Constant(1, 12, -3));
     },
     kInvalidArgument, "inputs[0, 0] is -3", "inputs"},
    // 96 KB: looked at on a compute thread.
    {"NanInALargeTensor", "Encode",
     [](Requests& r) {
       *r.encode.mutable_inputs() =
           UnaryErrorTest::ToTensor(With(UnaryErrorTest::Inputs(2000), 1999, 11, kNan));
     },
     kInvalidArgument, "inputs[1999, 11] is nan", "inputs"},
};
INSTANTIATE_TEST_SUITE_P(Row6, UnaryErrorTest, ::testing::ValuesIn(kRow6), FaultName);

const Fault kRow7[] = {
    {"NoClassifier", "Classify", [](Requests& r) { r.classify.mutable_model()->set_name("one"); },
     kFailedPrecondition, "model 'one' v1 has no classifier", "", kReasonNoClassifier},
    {"NoClassifierForManyRows", "Classify",
     [](Requests& r) {
       r.classify.mutable_model()->set_name("one");
       *r.classify.mutable_inputs() = UnaryErrorTest::ToTensor(UnaryErrorTest::Inputs(2000));
     },
     kFailedPrecondition, "has no classifier", "", kReasonNoClassifier},
    {"ModelNotReady", "Encode", [](Requests& r) { r.encode.mutable_model()->set_name("loading"); },
     kFailedPrecondition, "still being loaded", "", kReasonModelNotReady},
};
INSTANTIATE_TEST_SUITE_P(Row7, UnaryErrorTest, ::testing::ValuesIn(kRow7), FaultName);

TEST_F(UnaryErrorTest, TheNumbersThatRefusalsNameDoFit) {
  Requests requests = Good();
  requests.decode.mutable_model()->set_name("small");
  *requests.decode.mutable_codes() = ToTensor(Matrix::Zero(3, kCodeUnits));
  EXPECT_THAT(Call("Decode", requests), IsOk());
  requests.encode.mutable_model()->set_name("small");
  *requests.encode.mutable_inputs() = ToTensor(Inputs(4));
  EXPECT_THAT(Call("Encode", requests), IsOk());
  requests.tangents.set_rank(5);
  EXPECT_THAT(Call("Tangents", requests), IsOk());
}

TEST_F(UnaryErrorTest, ValuesOutOfRangeAreTakenWhereTheRequestAllowsThem) {
  Requests requests = Good();
  *requests.encode.mutable_inputs() = ToTensor(255 * Inputs(2));
  requests.encode.set_allow_out_of_range(true);
  EXPECT_THAT(Call("Encode", requests), IsOk());
}

TEST_F(UnaryErrorTest, NumbersThatTheOutputTypeCannotHoldAreNotSent) {
  Requests requests = Good();
  requests.encode.mutable_model()->set_name("linear");
  *requests.encode.mutable_inputs() = ToTensor(Matrix::Constant(1, kInputUnits, 1e7));
  requests.encode.set_allow_out_of_range(true);
  requests.encode.set_output_data_type(v1::DATA_TYPE_FLOAT16);
  const absl::Status status = Call("Encode", requests);
  EXPECT_THAT(status, StatusIs(kOutOfRange, HasSubstr("codes[0, ")));
  EXPECT_EQ(ReasonOf(status), kReasonNotRepresentable);
}

}  // namespace
}  // namespace cae::testing
