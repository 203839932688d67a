#include "client/client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/check.h"
#include "tests/client/fake_cae_server.h"
#include "tests/client/mock_stub.h"
#include "tests/testing/same_bits.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using testing::FakeCaeServer;
using testing::FakeCard;
using testing::HasBitsOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;

/// Row i is (i, i + 1, i + 2, i + 3) / 100.
Matrix Inputs(Index rows) {
  Matrix inputs(rows, 4);
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j < 4; ++j) inputs(i, j) = static_cast<float>(i + j) / 100;
  }
  return inputs;
}

class ClientTest : public ::testing::Test {
 protected:
  static Client Connect(const std::string& address) {
    auto client = Client::Connect(
        {.server = address,
         .connection = {.retry = {.max_attempts = 3, .initial_backoff = absl::ZeroDuration()}}});
    CAE_CHECK(client.ok(), client.status().ToString());
    return *client;
  }

  FakeCaeServer server_;
  Client client_ = Connect(server_.address());
  const ModelReference model_{.name = "fake"};
};

TEST_F(ClientTest, EncodesASmallBatchInOneRequest) {
  const auto result = client_.Encode(model_, Inputs(4), {.layer = 1, .allow_out_of_range = true});
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->codes, HasBitsOf(Matrix(Inputs(4).leftCols(3))));
  EXPECT_EQ(result->model.digest(), "d1");
  ASSERT_EQ(server_.encodes().size(), 1);
  EXPECT_EQ(server_.encodes()[0].layer(), 1);
  EXPECT_TRUE(server_.encodes()[0].allow_out_of_range());
  EXPECT_EQ(server_.encodes()[0].inputs().data_type(), v1::DATA_TYPE_FLOAT32);
}

TEST_F(ClientTest, CutsALargeBatchAndPutsTheAnswersTogether) {
  const auto result = client_.Encode(model_, Inputs(10));
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->codes, HasBitsOf(Matrix(Inputs(10).leftCols(3))));
  std::vector<std::int64_t> rows;
  for (const v1::EncodeRequest& request : server_.encodes()) {
    rows.push_back(request.inputs().shape(0));
    EXPECT_EQ(request.model().version(), 3) << "parts must go to one version";
  }
  EXPECT_THAT(rows, ElementsAre(4, 4, 2));
}

TEST_F(ClientTest, CutsByMessageBytesToo) {
  v1::Model card = FakeCard();
  card.mutable_limits()->set_max_rows(1000);
  card.mutable_limits()->set_max_message_bytes(4096 + 2 * 16);  // two rows of 4 floats
  server_.SetModels({card});
  ASSERT_THAT(client_.Encode(model_, Inputs(5)), IsOk());
  EXPECT_EQ(server_.encodes().size(), 3);
}

TEST_F(ClientTest, AbortsWhenTheFileChangesBetweenParts) {
  server_.ChangeDigestAfter(1);
  EXPECT_THAT(client_.Encode(model_, Inputs(10)),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("after 4 of 10 rows")));
}

TEST_F(ClientTest, SendsPixelsAsBytes) {
  MatrixOf<std::uint8_t> pixels(5, 4);
  pixels.setConstant(51);
  pixels.row(4).setConstant(255);
  const auto result = client_.Encode(model_, pixels);
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->codes(0, 0), 51 / 255.0f);
  EXPECT_EQ(result->codes(4, 2), 1);
  EXPECT_EQ(server_.encodes()[0].inputs().data_type(), v1::DATA_TYPE_UINT8);
  EXPECT_EQ(server_.encodes()[0].inputs().data().size(), 16);
}

TEST_F(ClientTest, Decodes) {
  const auto result = client_.Decode(model_, Matrix(Matrix::Constant(6, 3, 0.5f)));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->outputs.rows(), 6);
  EXPECT_EQ(result->outputs(5, 2), 0.5f);
  EXPECT_EQ(result->outputs(5, 3), 0.25f);
}

TEST_F(ClientTest, ReconstructsInParts) {
  const Matrix inputs = Inputs(9);
  const auto result = client_.Reconstruct(model_, inputs, {.include_contractions = true});
  ASSERT_THAT(result, IsOk());
  EXPECT_THAT(result->outputs, HasBitsOf(inputs));
  EXPECT_THAT(result->losses, HasBitsOf(Vector(inputs.rowwise().sum())));
  EXPECT_THAT(result->contractions, HasBitsOf(Vector(10 * inputs.col(0))));
  EXPECT_EQ(server_.reconstructs().size(), 3);
}

TEST_F(ClientTest, LeavesContractionsOutUnlessAsked) {
  const auto result = client_.Reconstruct(model_, Inputs(2));
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->contractions.size(), 0);
}

TEST_F(ClientTest, FindsTangentsInParts) {
  const auto result = client_.Tangents(model_, Inputs(5),
                                       {.rank = 2,
                                        .include_code_directions = true,
                                        .include_contractions = true,
                                        .tolerance = 1e-3});
  ASSERT_THAT(result, IsOk());
  EXPECT_EQ(result->singular_values.rows(), 5);
  EXPECT_EQ(result->singular_values(4, 0), 2);
  EXPECT_EQ(result->directions.rows(), 10);
  EXPECT_EQ(result->directions(9, 1), 1);
  EXPECT_EQ(result->code_directions.rows(), 10);
  EXPECT_EQ(result->code_directions.cols(), 3);
  EXPECT_EQ(result->residuals.rows(), 5);
  EXPECT_EQ(result->contractions.size(), 5);
  EXPECT_EQ(server_.tangents()[0].tolerance(), 1e-3);
}

TEST_F(ClientTest, ClassifiesInParts) {
  Matrix inputs = Matrix::Zero(6, 4);
  for (Index i = 0; i < 6; ++i) inputs(i, i % 3) = 1;
  const auto result = client_.Classify(model_, inputs, {.top_k = 2, .include_logits = true});
  ASSERT_THAT(result, IsOk());
  ASSERT_EQ(result->results.size(), 6);
  for (int i = 0; i < 6; ++i) {
    ASSERT_EQ(result->results[i].size(), 2);
    EXPECT_EQ(result->results[i][0].index, i % 3);
    EXPECT_EQ(result->results[i][0].probability, 0.7f);
  }
  EXPECT_EQ(result->results[5][0].label, "two");
  EXPECT_THAT(result->logits, HasBitsOf(Matrix(inputs.leftCols(3))));
}

TEST_F(ClientTest, RefusesToSendNothing) {
  EXPECT_THAT(client_.Encode(model_, Matrix(0, 4)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("no row")));
}

TEST_F(ClientTest, DoesNotBelieveABrokenAnswer) {
  server_.SetBroken();
  EXPECT_THAT(client_.Encode(model_, Inputs(3)),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("codes has the shape [2, 3]")));
  EXPECT_THAT(client_.Classify(model_, Inputs(3)),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("without any class")));
}

TEST_F(ClientTest, RetriesThroughRealTrailers) {
  server_.RefuseNext(
      {{absl::ResourceExhaustedError("full"), "1"}, {absl::UnavailableError("restarting"), "0"}});
  EXPECT_THAT(client_.Encode(model_, Inputs(1)), IsOk());
}

TEST_F(ClientTest, SeesNewLimitsAfterAFailure) {
  ASSERT_THAT(client_.Encode(model_, Inputs(1)), IsOk());
  v1::Model card = FakeCard();
  card.mutable_limits()->set_max_rows(2);
  server_.SetModels({card});
  server_.RefuseNext({{absl::OutOfRangeError("4 rows, at most 2"), ""}});
  EXPECT_THAT(client_.Encode(model_, Inputs(4)), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(client_.Encode(model_, Inputs(4)), IsOk());
  EXPECT_EQ(server_.encodes().size(), 3);
}

TEST_F(ClientTest, ListsModelsOfAllPages) {
  server_.SetModels({FakeCard("a"), FakeCard("b"), FakeCard("c")});
  const auto models = client_.ListModels();
  ASSERT_THAT(models, IsOk());
  ASSERT_EQ(models->size(), 3);
  EXPECT_EQ((*models)[2].name(), "c");
}

TEST_F(ClientTest, DoesNotTurnPagesForEver) {
  const auto stub = std::make_shared<testing::MockStub>();
  v1::ListModelsResponse circle;
  circle.set_next_page_token("again");
  EXPECT_CALL(*stub, ListModels).WillRepeatedly(::testing::Return(circle));
  EXPECT_THAT(Client(MakeConnection(stub, {})).ListModels(),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("page")));
}

TEST_F(ClientTest, TellsThatAModelIsNotThere) {
  EXPECT_THAT(client_.GetModel({.name = "other"}), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(client_.Encode({.name = "other"}, Inputs(1)), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ClientTest, TellsHealth) {
  using grpc::health::v1::HealthCheckResponse;
  EXPECT_THAT(client_.CheckHealth(), IsOkAndHolds(HealthCheckResponse::SERVING));
  server_.SetHealth(HealthCheckResponse::NOT_SERVING);
  EXPECT_THAT(client_.CheckHealth("fake"), IsOkAndHolds(HealthCheckResponse::NOT_SERVING));
  EXPECT_THAT(client_.CheckHealth("other"), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(ClientTest, PullsDrawsOneMessageAtATime) {
  const Matrix start = Matrix::Zero(2, 4);
  SampleStream stream = client_.Sample(model_, {.chains = 2,
                                                .draws = 3,
                                                .noise_stddev = 0.0,
                                                .seed = 7,
                                                .initial_inputs = InputRows(start),
                                                .include_codes = true});
  const auto header = stream.Next();
  ASSERT_TRUE(header.ok() && header->has_value());
  EXPECT_EQ((*header)->draws, 0);
  EXPECT_EQ(stream.header()->seed(), 7);
  for (int draw = 0; draw < 3; ++draw) {
    const auto batch = stream.Next();
    ASSERT_TRUE(batch.ok() && batch->has_value());
    EXPECT_EQ((*batch)->first_draw, draw);
    EXPECT_EQ((*batch)->draws, 1);
    EXPECT_EQ((*batch)->samples(1, 0), static_cast<float>(100 + draw) / 1000);
    EXPECT_EQ((*batch)->codes(1, 2), static_cast<float>(100 + draw) / 500);
    EXPECT_EQ((*batch)->state->draws_done(), draw + 1);
    EXPECT_EQ((*batch)->diagnostics.has_value(), draw == 2);
  }
  const auto end = stream.Next();
  ASSERT_THAT(end, IsOk());
  EXPECT_FALSE(end->has_value());
  EXPECT_TRUE(server_.samples()[0].has_noise_stddev()) << "0 is not absent";
  EXPECT_FALSE(server_.samples()[0].has_rank());
  EXPECT_EQ(server_.samples()[0].initial_inputs().shape_size(), 2);
}

TEST_F(ClientTest, StreamGoesOnAfterABreak) {
  server_.BreakNextStreams({{2, absl::UnavailableError("draining")}});
  SampleStream stream = client_.Sample(model_, {.chains = 2, .draws = 4});
  std::vector<std::int64_t> draws;
  for (;;) {
    const auto batch = stream.Next();
    ASSERT_THAT(batch, IsOk());
    if (!batch->has_value()) break;
    if ((*batch)->draws > 0) draws.push_back((*batch)->first_draw);
  }
  EXPECT_THAT(draws, ElementsAre(0, 1, 2, 3));
  ASSERT_EQ(server_.samples().size(), 2);
  EXPECT_EQ(server_.samples()[1].resume_from().draws_done(), 2);
}

TEST_F(ClientTest, ResumesFromAStateOfTheCallers) {
  SampleStream first = client_.Sample(model_, {.chains = 2, .draws = 1});
  ASSERT_TRUE(first.Next().ok());
  const auto batch = first.Next();
  ASSERT_TRUE(batch.ok() && (*batch)->state.has_value());
  SampleStream second = client_.Sample(model_, {.draws = 1, .resume_from = (*batch)->state});
  ASSERT_TRUE(second.Next().ok());
  EXPECT_EQ((*second.Next())->first_draw, 1);
  EXPECT_EQ(server_.samples()[1].chains(), 0) << "the state says how many";
  EXPECT_EQ(server_.samples()[1].thinning(), 0);
}

TEST_F(ClientTest, EndlessStreamEndsWhenItIsDropped) {
  {
    SampleStream stream = client_.Sample(model_, {.draws = 0});
    ASSERT_THAT(stream.Next(), IsOk());
  }
  server_.AwaitCancelledStreams(1);
}

TEST_F(ClientTest, StreamEndsAtItsOwnTimeout) {
  SampleStream stream = client_.Sample(model_, {.draws = 0, .timeout = absl::Milliseconds(200)});
  absl::Status end;
  while (end.ok()) end = stream.Next().status();
  EXPECT_THAT(end, StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace cae
