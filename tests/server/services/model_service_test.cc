#include "server/services/model_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "server/services/page_token.h"
#include "tests/testing/random_model.h"
#include "tests/testing/serving_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ModelServiceTest : public ServingFixture {
 protected:
  ModelServiceTest() {
    Serve({&service_});
    stub_ = v1::ModelService::NewStub(channel());
  }

  absl::StatusOr<v1::ListModelsResponse> List(int page_size, const std::string& token = "") {
    v1::ListModelsRequest request;
    request.set_page_size(page_size);
    request.set_page_token(token);
    v1::ListModelsResponse response;
    const grpc::Status status = stub_->ListModels(ClientCall().get(), request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response;
  }

  absl::StatusOr<v1::Model> Get(const v1::ModelSelector& selector) {
    v1::GetModelRequest request;
    *request.mutable_model() = selector;
    v1::GetModelResponse response;
    const grpc::Status status = stub_->GetModel(ClientCall().get(), request, &response);
    if (!status.ok()) return FromGrpcStatus(status);
    return response.model();
  }
  absl::StatusOr<v1::Model> Get(const std::string& name) {
    v1::ModelSelector selector;
    selector.set_name(name);
    return Get(selector);
  }

  /// "name/version" of each.
  static std::vector<std::string> Names(const v1::ListModelsResponse& response) {
    std::vector<std::string> names;
    for (const v1::Model& model : response.models()) {
      names.push_back(absl::StrCat(model.name(), "/", model.version()));
    }
    return names;
  }

  ModelService service_{registry_};
  std::unique_ptr<v1::ModelService::Stub> stub_;
};

TEST_F(ModelServiceTest, PagesGoThroughAllVersionsInOrder) {
  for (const std::int64_t version : {10, 9, 1}) registry_.SetLoading("b", version);
  registry_.SetFailed("a", 2, absl::DataLossError("broken"));
  registry_.SetUnloaded("c", 1);
  const auto first = List(2);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Names(*first), ElementsAre("a/2", "b/1"));
  const auto second = List(2, first->next_page_token());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Names(*second), ElementsAre("b/9", "b/10"));
  const auto third = List(2, second->next_page_token());
  ASSERT_THAT(third, IsOk());
  EXPECT_THAT(Names(*third), ElementsAre("c/1"));
  EXPECT_EQ(third->next_page_token(), "");
}

TEST_F(ModelServiceTest, AFullLastPageHasNoNextOne) {
  for (const std::int64_t version : {1, 2}) registry_.SetLoading("m", version);
  const auto page = List(2);
  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(ModelServiceTest, APageGoesOnBehindAModelThatAppearedOrChangedMeanwhile) {
  for (const std::int64_t version : {1, 3}) registry_.SetLoading("m", version);
  const auto first = List(1);
  ASSERT_THAT(first, IsOk());
  registry_.SetLoading("a", 1);
  registry_.SetLoading("m", 2);
  const auto second = List(5, first->next_page_token());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Names(*second), ElementsAre("m/2", "m/3"));
}

TEST_F(ModelServiceTest, TakesFiftyWhereNoSizeIsGivenAndAThousandAtMost) {
  for (int version = 1; version <= 1200; ++version) registry_.SetLoading("m", version);
  EXPECT_EQ(List(0)->models_size(), 50);
  EXPECT_EQ(List(5000)->models_size(), 1000);
}

TEST_F(ModelServiceTest, APageEndsBeforeItGrowsBeyondWhatClientsTake) {
  ModelParameters parameters =
      RandomModelParameters({3, 2}, {Activation::kTanh}, Weights::kTied, 1);
  const std::string log(600'000, 'x');
  parameters.card.training.emplace("log", log);
  for (const std::int64_t version : {1, 2, 3}) AddModel("m", version, parameters);
  const auto first = List(0);
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(Names(*first), ElementsAre("m/1", "m/2"));
  const auto second = List(0, first->next_page_token());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(Names(*second), ElementsAre("m/3"));
  EXPECT_EQ(second->next_page_token(), "");
}

TEST_F(ModelServiceTest, AnEmptyRegistryIsAnEmptyPage) {
  const auto page = List(0);
  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(page->models(), IsEmpty());
}

TEST_F(ModelServiceTest, RefusesANegativePageSizeAndTokensOfOthers) {
  const auto bad_size = List(-1);
  EXPECT_THAT(bad_size, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("-1")));
  EXPECT_EQ(GetBadRequest(bad_size.status())->field_violations(0).field(), "page_size");
  const auto bad_token = List(1, "made up");
  EXPECT_THAT(bad_token, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(GetBadRequest(bad_token.status())->field_violations(0).field(), "page_token");
}

TEST_F(ModelServiceTest, TheCardOfAReadyModelIsWhole) {
  ModelParameters parameters =
      RandomModelParameters({6, 5, 4}, {Activation::kTanh, Activation::kRelu}, Weights::kUntied, 1);
  AddRandomClassifier({}, 3, 1, parameters);
  parameters.card.input_shape = {2, 3};
  parameters.card.input_minimum = -1;
  parameters.card.input_maximum = 2;
  parameters.card.default_noise_stddev = 0.25;
  parameters.card.default_process = SampleProcess::kTopLayer;
  parameters.card.default_rank = 2;
  parameters.card.training = {{"recipe", "test"}};
  ServableLimits limits;
  limits.max_rows = 17;
  limits.max_chains = 5;
  limits.max_message_bytes = 70000;
  const ServableHandle servable = AddModel("m", 3, parameters, limits);
  ASSERT_THAT(registry_.SetLabel("m", "stable", 3), IsOk());
  const auto model = Get("m");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->name(), "m");
  EXPECT_EQ(model->version(), 3);
  EXPECT_THAT(model->labels_of_version(), ElementsAre("stable"));
  EXPECT_EQ(model->digest(), servable->identity.digest);
  EXPECT_EQ(model->fingerprint(), servable->identity.fingerprint);
  EXPECT_EQ(model->state(), v1::MODEL_STATE_READY);
  EXPECT_EQ(model->state_message(), "");
  ASSERT_EQ(model->layers_size(), 2);
  EXPECT_EQ(model->layers(0).input_units(), 6);
  EXPECT_EQ(model->layers(0).units(), 5);
  EXPECT_EQ(model->layers(0).activation(), v1::ACTIVATION_TANH);
  EXPECT_EQ(model->layers(1).activation(), v1::ACTIVATION_RELU);
  EXPECT_EQ(model->layers(1).decoder_activation(), v1::ACTIVATION_TANH);
  EXPECT_FALSE(model->layers(0).tied());
  EXPECT_EQ(model->input_units(), 6);
  EXPECT_EQ(model->code_units(), 4);
  EXPECT_THAT(model->input_shape(), ElementsAre(2, 3));
  EXPECT_EQ(model->input_range().minimum(), -1);
  EXPECT_EQ(model->input_range().maximum(), 2);
  EXPECT_THAT(model->class_labels(), ElementsAre("class 0", "class 1", "class 2"));
  EXPECT_TRUE(model->has_classifier());
  EXPECT_EQ(model->default_noise_stddev(), 0.25);
  EXPECT_EQ(model->default_process(), v1::SAMPLE_PROCESS_TOP_LAYER);
  EXPECT_EQ(model->default_rank(), 2);
  EXPECT_EQ(model->limits().max_rows(), 17);
  EXPECT_EQ(model->limits().max_chains(), 5);
  EXPECT_EQ(model->limits().max_rank(), 4);
  EXPECT_EQ(model->limits().max_message_bytes(), 70000);
  EXPECT_EQ(model->training().at("recipe"), "test");
}

TEST_F(ModelServiceTest, SaysWhyAModelFailedAndNothingOfItsCard) {
  registry_.SetFailed("m", 1, absl::DataLossError("m/1/model.safetensors: broken"));
  const auto model = Get("m");
  ASSERT_THAT(model, IsOk());
  EXPECT_EQ(model->state(), v1::MODEL_STATE_FAILED);
  EXPECT_EQ(model->state_message(), "m/1/model.safetensors: broken");
  EXPECT_EQ(model->digest(), "");
  EXPECT_EQ(model->layers_size(), 0);
  EXPECT_FALSE(model->has_limits());
}

TEST_F(ModelServiceTest, TellsEveryState) {
  registry_.SetLoading("m", 1);
  EXPECT_EQ(Get("m")->state(), v1::MODEL_STATE_LOADING);
  registry_.SetUnloaded("m", 1);
  EXPECT_EQ(Get("m")->state(), v1::MODEL_STATE_UNLOADED);
}

TEST_F(ModelServiceTest, SelectsByVersionAndByLabel) {
  const auto parameters = RandomModelParameters({3, 2}, {Activation::kTanh}, Weights::kTied, 1);
  AddModel("m", 1, parameters);
  AddModel("m", 2, parameters);
  ASSERT_THAT(registry_.SetLabel("m", "stable", 1), IsOk());
  v1::ModelSelector selector;
  selector.set_name("m");
  EXPECT_EQ(Get(selector)->version(), 2);
  selector.set_version(1);
  EXPECT_EQ(Get(selector)->version(), 1);
  selector.set_label("stable");
  EXPECT_EQ(Get(selector)->version(), 1);
}

TEST_F(ModelServiceTest, SaysInDetailsWhatIsNotFound) {
  for (const char* name : {"", "unknown", "../x"}) {
    const auto model = Get(name);
    EXPECT_THAT(model, StatusIs(absl::StatusCode::kNotFound)) << name;
    ASSERT_TRUE(GetErrorInfo(model.status()).has_value());
    EXPECT_EQ(GetErrorInfo(model.status())->reason(), kReasonModelNotFound);
  }
}

TEST(PageTokenTest, ComesBackAsItWent) {
  const auto position = ParsePageToken(MakePageToken({"mnist-cae1", 17}));
  ASSERT_THAT(position, IsOk());
  EXPECT_EQ(*position, (PagePosition{"mnist-cae1", 17}));
}

TEST(PageTokenTest, RefusesWhatItDidNotMake) {
  const std::string good = MakePageToken({"m", 17});
  for (const std::string& token :
       {std::string("x"), std::string("models/m/17"), absl::StrCat(good, "A"), good.substr(1),
        absl::StrCat(" ", good), MakePageToken({"../m", 17}), MakePageToken({"", 1}),
        std::string("\0\xff", 2)}) {
    EXPECT_THAT(ParsePageToken(token), StatusIs(absl::StatusCode::kInvalidArgument)) << token;
  }
}

}  // namespace
}  // namespace cae::testing
