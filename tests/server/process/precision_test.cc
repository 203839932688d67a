// --precision: products in bfloat16, shown on the card, and states that keep to their precision.
#include <gmock/gmock.h>

#include "cae/v1/cae_service.grpc.pb.h"
#include "cae/v1/model_service.grpc.pb.h"
#include "tests/server/process/process_fixture.h"

namespace cae::testing {
namespace {

using ::testing::HasSubstr;

class PrecisionTest : public ProcessFixture {
 protected:
  void SetUp() override {
    if (!__builtin_cpu_supports("avx512bf16")) GTEST_SKIP() << "the processor has no bfloat16";
    repository_.Add("exact", 1);
    repository_.Add("quick", 1);
  }

  v1::Model Card(const std::string& name) {
    v1::GetModelRequest request;
    request.mutable_model()->set_name(name);
    v1::GetModelResponse response;
    const auto stub = v1::ModelService::NewStub(channel_);
    const grpc::Status status = stub->GetModel(ClientCall().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.model();
  }

  v1::EncodeResponse Encode(const std::string& name) {
    v1::EncodeRequest request;
    request.mutable_model()->set_name(name);
    for (const std::int64_t size : {1, 6}) request.mutable_inputs()->add_shape(size);
    for (int i = 0; i < 6; ++i) request.mutable_inputs()->add_values(0.1f * static_cast<float>(i));
    v1::EncodeResponse response;
    const grpc::Status status =
        v1::CaeService::NewStub(channel_)->Encode(ClientCall().get(), request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  /// One draw; `state` becomes the one behind it.
  grpc::Status Sample(v1::SampleRequest request, v1::SampleState& state) {
    request.mutable_model()->set_name("quick");
    request.set_draws(1);
    request.set_state_interval(1);
    const auto context = ClientCall();
    const auto reader = v1::CaeService::NewStub(channel_)->Sample(context.get(), request);
    v1::SampleResponse response;
    while (reader->Read(&response)) {
      if (response.has_state()) state = response.state();
    }
    return reader->Finish();
  }
};

TEST_F(PrecisionTest, IsThatOfTheModelThatTheFlagNamesAndNearTheExactOne) {
  Start({"--precision=quick=bf16"});
  EXPECT_EQ(Card("exact").precision(), v1::PRECISION_FLOAT32);
  EXPECT_EQ(Card("quick").precision(), v1::PRECISION_BFLOAT16);
  EXPECT_EQ(Card("exact").digest(), Card("quick").digest());
  EXPECT_NE(Card("exact").fingerprint(), Card("quick").fingerprint());
  const v1::EncodeResponse exact = Encode("exact");
  const v1::EncodeResponse quick = Encode("quick");
  ASSERT_EQ(exact.codes().values_size(), quick.codes().values_size());
  bool differs = false;
  for (int i = 0; i < exact.codes().values_size(); ++i) {
    // Two roundings of 8 bits a product, through a slope of the logistic of 1/4 at most.
    EXPECT_NEAR(exact.codes().values(i), quick.codes().values(i), 0.01);
    differs = differs || exact.codes().values(i) != quick.codes().values(i);
  }
  EXPECT_TRUE(differs) << "nothing was rounded";
}

TEST_F(PrecisionTest, AStateIsNotCarriedOnInAnother) {
  v1::SampleRequest resume;
  v1::SampleState state;
  Start({"--precision=bf16"});
  ASSERT_TRUE(Sample({}, *resume.mutable_resume_from()).ok());
  ASSERT_TRUE(resume.resume_from().has_tensor());
  ASSERT_TRUE(Sample(resume, state).ok()) << "the same server takes it";
  Start();
  const grpc::Status status = Sample(resume, state);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_THAT(status.error_message(), HasSubstr("fingerprint"));
}

}  // namespace
}  // namespace cae::testing
