// Every type of the wire, in and out, through every rpc.
#include <gmock/gmock.h>

#include <cmath>

#include "core/math/half.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/same_bits.h"

namespace cae::testing {
namespace {

/// Numbers in [0, 1] that the type holds exactly, and the tensor that says so.
struct InputCase {
  const char* name;
  v1::DataType type;
  bool as_values;
};

class InputTypeTest : public CaeServiceFixture, public ::testing::WithParamInterface<InputCase> {
 protected:
  InputTypeTest() {
    // What `type` can hold is what comes back from it.
    v1::Tensor rounded;
    EXPECT_TRUE(EncodeTensor(Inputs(3), {GetParam().type, false}, "rows", &rounded).ok());
    rows_as_floats_ = DecodeTensor(rounded);
    tensor_ = GetParam().as_values ? ToTensor(rows_as_floats_, true) : rounded;
  }
  Matrix rows_as_floats_;
  v1::Tensor tensor_;
};

INSTANTIATE_TEST_SUITE_P(Types, InputTypeTest,
                         ::testing::Values(InputCase{"Float32", v1::DATA_TYPE_FLOAT32, false},
                                           InputCase{"Float16", v1::DATA_TYPE_FLOAT16, false},
                                           InputCase{"Bfloat16", v1::DATA_TYPE_BFLOAT16, false},
                                           InputCase{"Uint8", v1::DATA_TYPE_UINT8, false},
                                           InputCase{"Values", v1::DATA_TYPE_FLOAT32, true}),
                         [](const auto& input) { return input.param.name; });

TEST_P(InputTypeTest, GivesTheBitsOfTheNumbersThatItStandsFor) {
  Workspace workspace;
  v1::EncodeRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = tensor_;
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
  Matrix codes(3, kTopUnits);
  two_->autoencoder->Encode(rows_as_floats_, 2, codes, workspace);
  EXPECT_THAT(DecodeTensor(response.codes()), HasBitsOf(codes));
  EXPECT_EQ(response.codes().values_size() > 0, GetParam().as_values);
  EXPECT_EQ(response.codes().data_type(), v1::DATA_TYPE_FLOAT32);
}

TEST_P(InputTypeTest, StartsChains) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("two");
  request.set_chains(3);
  request.set_draws(1);
  request.set_seed(1);
  *request.mutable_initial_inputs() = ToTensor(rows_as_floats_);
  const SampleRun floats = ReadAll(*stub_, *ClientCall(), request);
  *request.mutable_initial_inputs() = tensor_;
  const SampleRun run = ReadAll(*stub_, *ClientCall(), request);
  EXPECT_EQ(run.last_state().tensor().data(), floats.last_state().tensor().data());
  EXPECT_EQ(run.first_message().samples().values_size() > 0, GetParam().as_values);
}

/// Answers of every rpc in a type against those in FLOAT32.
class OutputTypeTest : public CaeServiceFixture,
                       public ::testing::WithParamInterface<v1::DataType> {
 protected:
  /// Every element is the float rounded to the type, and nothing else.
  void ExpectRounded(const v1::Tensor& tensor, const v1::Tensor& floats) {
    EXPECT_EQ(tensor.data_type(), GetParam());
    EXPECT_EQ(tensor.shape().size(), floats.shape().size());
    ASSERT_EQ(tensor.data().size(), floats.data().size() / 4 * ElementBytes());
    const Matrix got = DecodeTensor(tensor);
    const Matrix exact = DecodeTensor(floats);
    for (Index i = 0; i < exact.size(); ++i) {
      EXPECT_EQ(got.data()[i], Rounded(exact.data()[i]));
    }
  }
  std::size_t ElementBytes() const { return GetParam() == v1::DATA_TYPE_UINT8 ? 1 : 2; }
  static float Rounded(float value) {
    switch (GetParam()) {
      case v1::DATA_TYPE_FLOAT16:
        return Float16ToFloat(FloatToFloat16(value));
      case v1::DATA_TYPE_BFLOAT16:
        return BFloat16ToFloat(FloatToBFloat16(value));
      default:
        return std::clamp(std::round(255.0f * value), 0.0f, 255.0f) / 255.0f;
    }
  }
  bool is_byte() const { return GetParam() == v1::DATA_TYPE_UINT8; }
};

INSTANTIATE_TEST_SUITE_P(Types, OutputTypeTest,
                         ::testing::Values(v1::DATA_TYPE_FLOAT16, v1::DATA_TYPE_BFLOAT16,
                                           v1::DATA_TYPE_UINT8),
                         [](const auto& type) { return v1::DataType_Name(type.param); });

TEST_P(OutputTypeTest, EncodeRoundsToIt) {
  v1::EncodeRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(Inputs(3));
  v1::EncodeResponse floats;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &floats).ok());
  request.set_output_data_type(GetParam());
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
  ExpectRounded(response.codes(), floats.codes());
}

TEST_P(OutputTypeTest, DecodeRoundsToItEvenWhereTheCodesWereValues) {
  v1::DecodeRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_codes() = ToTensor(RandomMatrix(3, kTopUnits, 4, 0, 1));
  v1::DecodeResponse floats;
  ASSERT_TRUE(stub_->Decode(ClientCall().get(), request, &floats).ok());
  request.set_output_data_type(GetParam());
  v1::DecodeResponse response;
  ASSERT_TRUE(stub_->Decode(ClientCall().get(), request, &response).ok());
  ExpectRounded(response.outputs(), floats.outputs());
  *request.mutable_codes() = ToTensor(RandomMatrix(3, kTopUnits, 4, 0, 1), true);
  ASSERT_TRUE(stub_->Decode(ClientCall().get(), request, &response).ok());
  ExpectRounded(response.outputs(), floats.outputs());
}

TEST_P(OutputTypeTest, ReconstructRoundsOutputsAndLeavesLossesExact) {
  v1::ReconstructRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(Inputs(3));
  request.set_include_contractions(true);
  v1::ReconstructResponse floats;
  ASSERT_TRUE(stub_->Reconstruct(ClientCall().get(), request, &floats).ok());
  request.set_output_data_type(GetParam());
  v1::ReconstructResponse response;
  ASSERT_TRUE(stub_->Reconstruct(ClientCall().get(), request, &response).ok());
  ExpectRounded(response.outputs(), floats.outputs());
  EXPECT_EQ(response.losses().SerializeAsString(), floats.losses().SerializeAsString());
  EXPECT_EQ(response.contractions().SerializeAsString(), floats.contractions().SerializeAsString());
}

TEST_P(OutputTypeTest, TangentsRoundDirectionsAndLeaveValuesExact) {
  if (is_byte()) return;  // refused: see unary_error_test.cc
  v1::TangentsRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(Inputs(2));
  request.set_rank(2);
  request.set_include_code_directions(true);
  v1::TangentsResponse floats;
  ASSERT_TRUE(stub_->Tangents(ClientCall().get(), request, &floats).ok());
  request.set_output_data_type(GetParam());
  v1::TangentsResponse response;
  ASSERT_TRUE(stub_->Tangents(ClientCall().get(), request, &response).ok());
  ExpectRounded(response.directions(), floats.directions());
  ExpectRounded(response.code_directions(), floats.code_directions());
  EXPECT_EQ(response.singular_values().SerializeAsString(),
            floats.singular_values().SerializeAsString());
  EXPECT_EQ(response.residuals().SerializeAsString(), floats.residuals().SerializeAsString());
}

TEST_P(OutputTypeTest, SampleRoundsSamplesAndCodesAndLeavesStatesExact) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("two");
  request.set_draws(3);
  request.set_draws_per_message(3);
  request.set_seed(1);
  request.set_include_codes(!is_byte());  // perturbed codes may leave [0, 1]
  const SampleRun floats = ReadAll(*stub_, *ClientCall(), request);
  request.set_output_data_type(GetParam());
  const SampleRun run = ReadAll(*stub_, *ClientCall(), request);
  ExpectRounded(run.first_message().samples(), floats.first_message().samples());
  if (!is_byte()) ExpectRounded(run.first_message().codes(), floats.first_message().codes());
  EXPECT_EQ(run.last_state().SerializeAsString(), floats.last_state().SerializeAsString());
}

TEST_F(CaeServiceFixture, EveryTensorOfAnAnswerUsesValuesWhereTheInputsDid) {
  v1::ReconstructRequest reconstruct;
  reconstruct.mutable_model()->set_name("two");
  *reconstruct.mutable_inputs() = ToTensor(Inputs(2), true);
  reconstruct.set_include_contractions(true);
  v1::ReconstructResponse reconstructed;
  ASSERT_TRUE(stub_->Reconstruct(ClientCall().get(), reconstruct, &reconstructed).ok());
  EXPECT_EQ(reconstructed.outputs().values_size(), 2 * kInputUnits);
  EXPECT_EQ(reconstructed.losses().values_size(), 2);
  EXPECT_EQ(reconstructed.contractions().values_size(), 2);

  v1::TangentsRequest tangents;
  tangents.mutable_model()->set_name("two");
  *tangents.mutable_inputs() = ToTensor(Inputs(2), true);
  tangents.set_rank(3);
  tangents.set_include_code_directions(true);
  v1::TangentsResponse tangent_spaces;
  ASSERT_TRUE(stub_->Tangents(ClientCall().get(), tangents, &tangent_spaces).ok());
  EXPECT_EQ(tangent_spaces.singular_values().values_size(), 6);
  EXPECT_EQ(tangent_spaces.directions().values_size(), 6 * kInputUnits);
  EXPECT_EQ(tangent_spaces.code_directions().values_size(), 6 * kTopUnits);
  EXPECT_EQ(tangent_spaces.residuals().values_size(), 6);

  v1::ClassifyRequest classify;
  classify.mutable_model()->set_name("two");
  *classify.mutable_inputs() = ToTensor(Inputs(2), true);
  classify.set_include_logits(true);
  v1::ClassifyResponse classified;
  ASSERT_TRUE(stub_->Classify(ClientCall().get(), classify, &classified).ok());
  EXPECT_EQ(classified.logits().values_size(), 2 * kClasses);
}

}  // namespace
}  // namespace cae::testing
