// The unary rpcs against the core computations that they stand for.
#include <gmock/gmock.h>

#include <thread>

#include "core/model/jacobian_operator.h"
#include "core/model/reference_autoencoder.h"
#include "core/tangents/dense_tangents.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/same_bits.h"

namespace cae::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class UnaryRpcTest : public CaeServiceFixture {
 protected:
  Workspace workspace_;
};

JacobianOperator JacobianAt(const ReferenceAutoencoder& reference, const Matrix& inputs, Index row,
                            int layer) {
  const VectorD x = inputs.row(row).cast<double>().transpose();
  return {reference, reference.Forward(x, 1, layer), 1};
}

TEST_F(UnaryRpcTest, EncodeGivesTheTopCodeByDefaultAndSaysWhoAnswered) {
  const Matrix inputs = Inputs(70);
  v1::EncodeRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(inputs);
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());

  Matrix expected(70, kTopUnits);
  two_->autoencoder->Encode(inputs, 2, expected, workspace_);
  EXPECT_THAT(DecodeTensor(response.codes()), HasBitsOf(expected));
  EXPECT_TRUE(response.codes().values().empty());
  EXPECT_EQ(response.model().name(), "two");
  EXPECT_EQ(response.model().version(), 2);
  EXPECT_EQ(response.model().digest(), two_->identity.digest);
  EXPECT_EQ(response.model().fingerprint(), two_->identity.fingerprint);
  EXPECT_THAT(observer_.rows(), ElementsAre(Pair("two/Encode", 70)));
  EXPECT_EQ(rows_.used(), 0);
}

TEST_F(UnaryRpcTest, EncodeOfALowerLayerAnswersInValuesWhereTheInputsUsedThem) {
  const Matrix inputs = Inputs(2);
  v1::EncodeRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(inputs, true);
  request.set_layer(1);
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());

  Matrix expected(2, kCodeUnits);
  two_->autoencoder->Encode(inputs, 1, expected, workspace_);
  EXPECT_EQ(response.codes().values_size(), 2 * kCodeUnits);
  EXPECT_THAT(DecodeTensor(response.codes()), HasBitsOf(expected));
}

TEST_F(UnaryRpcTest, EncodeTakesOneRowWithoutItsDimensionAndAnswersInBytes) {
  v1::EncodeRequest request;
  request.mutable_model()->set_name("one");
  request.mutable_inputs()->set_data_type(v1::DATA_TYPE_UINT8);
  request.mutable_inputs()->add_shape(kInputUnits);
  request.mutable_inputs()->set_data(std::string(kInputUnits, '\x80'));
  request.set_output_data_type(v1::DATA_TYPE_UINT8);
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());

  const Matrix inputs = Matrix::Constant(1, kInputUnits, 128.0f / 255.0f);
  Matrix codes(1, kCodeUnits);
  one_->autoencoder->Encode(inputs, 1, codes, workspace_);
  EXPECT_THAT(response.codes().shape(), ElementsAre(1, kCodeUnits));
  EXPECT_EQ(response.codes().data().size(), static_cast<std::size_t>(kCodeUnits));
  EXPECT_TRUE(DecodeTensor(response.codes()).isApprox(codes, 0.5 / 255 / codes.minCoeff()));
}

TEST_F(UnaryRpcTest, LargeInputsGiveTheBitsOfSmallOnes) {
  // 200,000 bytes: checked and computed on a compute thread, in several slices.
  const Matrix inputs = Inputs(200'000 / kInputUnits / 4);
  v1::EncodeRequest request;
  request.mutable_model()->set_name("one");
  *request.mutable_inputs() = ToTensor(inputs);
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
  Matrix expected(inputs.rows(), kCodeUnits);
  one_->autoencoder->Encode(inputs, 1, expected, workspace_);
  EXPECT_THAT(DecodeTensor(response.codes()), HasBitsOf(expected));
}

TEST_F(UnaryRpcTest, DecodeGivesInputsFromAnyLayer) {
  // Codes have no range.
  const Matrix codes = RandomMatrix(3, kCodeUnits, 5, -4, 4);
  v1::DecodeRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_codes() = ToTensor(codes);
  request.set_layer(1);
  v1::DecodeResponse response;
  ASSERT_TRUE(stub_->Decode(ClientCall().get(), request, &response).ok());

  Matrix expected(3, kInputUnits);
  two_->autoencoder->Decode(codes, 1, expected, workspace_);
  EXPECT_THAT(DecodeTensor(response.outputs()), HasBitsOf(expected));
}

TEST_F(UnaryRpcTest, ReconstructGivesLossesAndContractions) {
  const Matrix inputs = Inputs(5);
  v1::ReconstructRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(inputs);
  v1::ReconstructResponse response;
  ASSERT_TRUE(stub_->Reconstruct(ClientCall().get(), request, &response).ok());

  Matrix outputs(5, kInputUnits);
  Vector losses(5);
  two_->autoencoder->Reconstruct(inputs, outputs, losses, workspace_);
  EXPECT_THAT(DecodeTensor(response.outputs()), HasBitsOf(outputs));
  EXPECT_THAT(response.losses().shape(), ElementsAre(5));
  EXPECT_THAT(DecodeTensor(response.losses()), HasBitsOf(Matrix(losses.transpose())));
  EXPECT_FALSE(response.has_contractions());

  request.set_include_contractions(true);
  ASSERT_TRUE(stub_->Reconstruct(ClientCall().get(), request, &response).ok());
  EXPECT_THAT(DecodeTensor(response.outputs()), HasBitsOf(outputs));
  const Matrix contractions = DecodeTensor(response.contractions());
  ASSERT_EQ(contractions.size(), 5);
  const ReferenceAutoencoder reference(two_->autoencoder->parameters());
  for (Index row = 0; row < 5; ++row) {
    EXPECT_FLOAT_EQ(contractions(0, row),
                    JacobianAt(reference, inputs, row, 2).ToDense().squaredNorm());
  }
}

TEST_F(UnaryRpcTest, TangentsGivesTheLeadingTriplets) {
  const Matrix inputs = Inputs(2);
  v1::TangentsRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(inputs);
  request.set_rank(3);
  request.set_include_code_directions(true);
  request.set_include_contractions(true);
  v1::TangentsResponse response;
  ASSERT_TRUE(stub_->Tangents(ClientCall().get(), request, &response).ok());

  EXPECT_THAT(response.singular_values().shape(), ElementsAre(2, 3));
  EXPECT_THAT(response.directions().shape(), ElementsAre(2, 3, kInputUnits));
  EXPECT_THAT(response.code_directions().shape(), ElementsAre(2, 3, kTopUnits));
  EXPECT_THAT(response.residuals().shape(), ElementsAre(2, 3));
  const Matrix directions = DecodeTensor(response.directions());
  const Matrix code_directions = DecodeTensor(response.code_directions());
  const ReferenceAutoencoder reference(two_->autoencoder->parameters());
  for (Index row = 0; row < 2; ++row) {
    const JacobianOperator jacobian = JacobianAt(reference, inputs, row, 2);
    const TangentSpace expected = DenseTangents(jacobian, 3);
    EXPECT_TRUE(DecodeTensor(response.singular_values())
                    .row(row)
                    .isApprox(expected.singular_values.cast<float>().transpose()));
    EXPECT_TRUE(directions.middleRows(3 * row, 3).isApprox(expected.directions.cast<float>()));
    EXPECT_TRUE(
        code_directions.middleRows(3 * row, 3).isApprox(expected.code_directions.cast<float>()));
    EXPECT_FLOAT_EQ(DecodeTensor(response.contractions())(0, row), jacobian.SquaredFrobeniusNorm());
  }
  EXPECT_LE(DecodeTensor(response.residuals()).maxCoeff(), 1e-4f);
}

TEST_F(UnaryRpcTest, TangentsOfALowerLayerHasThatLayersCodeDirections) {
  v1::TangentsRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(Inputs(1));
  request.set_rank(5);
  request.set_layer(1);
  request.set_include_code_directions(true);
  request.set_output_data_type(v1::DATA_TYPE_FLOAT16);
  v1::TangentsResponse response;
  ASSERT_TRUE(stub_->Tangents(ClientCall().get(), request, &response).ok());
  EXPECT_THAT(response.code_directions().shape(), ElementsAre(1, 5, kCodeUnits));
  EXPECT_EQ(response.directions().data_type(), v1::DATA_TYPE_FLOAT16);
  EXPECT_EQ(response.singular_values().data_type(), v1::DATA_TYPE_FLOAT32);
  EXPECT_FALSE(response.has_contractions());
}

TEST_F(UnaryRpcTest, ClassifyRanksTheClasses) {
  const Matrix inputs = Inputs(4);
  v1::ClassifyRequest request;
  request.mutable_model()->set_name("two");
  *request.mutable_inputs() = ToTensor(inputs);
  request.set_include_logits(true);
  v1::ClassifyResponse response;
  ASSERT_TRUE(stub_->Classify(ClientCall().get(), request, &response).ok());

  Matrix logits(4, kClasses);
  two_->autoencoder->Logits(inputs, logits, workspace_);
  EXPECT_THAT(DecodeTensor(response.logits()), HasBitsOf(logits));
  SoftmaxRows(logits);
  ASSERT_EQ(response.results_size(), 4);
  for (int row = 0; row < 4; ++row) {
    const auto& classes = response.results(row).classes();
    ASSERT_EQ(classes.size(), kClasses);
    for (int i = 0; i < kClasses; ++i) {
      EXPECT_EQ(classes[i].probability(), logits(row, classes[i].index()));
      EXPECT_EQ(classes[i].label(), "class " + std::to_string(classes[i].index()));
      if (i == 0) continue;
      EXPECT_LE(classes[i].probability(), classes[i - 1].probability());
    }
  }

  request.set_top_k(1);
  request.set_include_logits(false);
  ASSERT_TRUE(stub_->Classify(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(response.results(0).classes_size(), 1);
  EXPECT_FALSE(response.has_logits());
}

TEST_F(UnaryRpcTest, AVersionAndALabelPickTheModel) {
  AddModel("one", 2, TwoLayers());
  ASSERT_TRUE(registry_.SetLabel("one", "stable", 1).ok());
  v1::EncodeRequest request;
  request.mutable_model()->set_name("one");
  *request.mutable_inputs() = ToTensor(Inputs(1));
  v1::EncodeResponse response;
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(response.model().version(), 2);
  request.mutable_model()->set_version(1);
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(response.model().version(), 1);
  request.mutable_model()->set_label("stable");
  ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
  EXPECT_EQ(response.model().version(), 1);
}

TEST_F(UnaryRpcTest, CallsFromManyThreadsAllGetTheirOwnAnswer) {
  constexpr int kThreads = 8;
  constexpr int kCalls = 25;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this, t] {
      Workspace workspace;
      for (int i = 0; i < kCalls; ++i) {
        const Matrix inputs = Inputs(1 + (t + i) % 5, 100 * t + i);
        v1::EncodeRequest request;
        request.mutable_model()->set_name("one");
        *request.mutable_inputs() = ToTensor(inputs);
        v1::EncodeResponse response;
        ASSERT_TRUE(stub_->Encode(ClientCall().get(), request, &response).ok());
        Matrix expected(inputs.rows(), kCodeUnits);
        one_->autoencoder->Encode(inputs, 1, expected, workspace);
        ASSERT_THAT(DecodeTensor(response.codes()), HasBitsOf(expected));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(rows_.used(), 0);
}

}  // namespace
}  // namespace cae::testing
