// The bytes that operations promise against those of the answers they write.
#include <gmock/gmock.h>

#include "proto/codec/status_codec.h"
#include "server/requests/classify_operation.h"
#include "server/requests/limit_check.h"
#include "server/requests/tangents_operation.h"
#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/serving_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;

ServableHandle Model(std::int64_t max_message_bytes) {
  ModelParameters parameters =
      testing::RandomModelParameters({30, 20}, {Activation::kLogistic}, testing::Weights::kTied, 1);
  testing::AddRandomClassifier({}, 10, 2, parameters);
  parameters.card.class_labels[3] = std::string(200, 'x');
  ServableLimits limits;
  limits.max_message_bytes = max_message_bytes;
  return testing::MakeServable(std::string(128, 'm'), 1, parameters, limits);
}

template <typename Request>
Request RowsOf(Index rows) {
  Request request;
  EXPECT_THAT(EncodeTensor(testing::RandomMatrix(rows, 30, 3, 0, 1), {}, "inputs",
                           request.mutable_inputs()),
              IsOk());
  return request;
}

/// Bytes of the answer to as many rows as the model takes in a message of `limit` bytes.
template <typename Operation, typename Request, typename Response>
std::size_t LargestAnswer(const std::function<void(Request&)>& ask, std::int64_t limit) {
  const ServableHandle model = Model(limit);
  for (Index rows = 200; rows > 0; --rows) {
    auto request = RowsOf<Request>(rows);
    ask(request);
    Response response;
    Operation operation(request, response);
    if (!operation.CheckAgainst(model).ok()) continue;
    EXPECT_THAT(operation.CheckContents(), IsOk());
    operation.Prepare();
    Matrix input(rows, operation.kernel().input_columns());
    operation.ReadRows(0, input);
    Matrix scratch(rows, operation.kernel().output_columns());
    float* in_place = operation.output_in_place();
    MatrixView output(in_place != nullptr ? in_place : scratch.data(), rows, scratch.cols());
    Workspace workspace;
    EXPECT_THAT(operation.kernel().Run(input, output, workspace, NeverYield), IsOk());
    operation.WriteRows(0, output);
    EXPECT_THAT(operation.FinishAnswer(), IsOk());
    EXPECT_LT(rows, 200) << "the limit was not reached";
    return response.ByteSizeLong();
  }
  return 0;
}

TEST(AnswerSizeTest, TheLargestAnswerOfClassifyKeepsTheLimit) {
  const std::size_t bytes =
      LargestAnswer<ClassifyOperation, v1::ClassifyRequest, v1::ClassifyResponse>(
          [](v1::ClassifyRequest& request) { request.set_include_logits(true); }, 20'000);
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, 20'000u);
}

TEST(AnswerSizeTest, TheLargestAnswerOfTangentsFillsTheLimit) {
  const std::size_t bytes =
      LargestAnswer<TangentsOperation, v1::TangentsRequest, v1::TangentsResponse>(
          [](v1::TangentsRequest& request) {
            request.set_rank(2);
            request.set_include_code_directions(true);
            request.set_include_contractions(true);
          },
          20'000);
  EXPECT_GT(bytes, 20'000u - kMessageOverheadBytes - 2 * (2 * 50 + 5) * 4);
  EXPECT_LE(bytes, 20'000u);
}

}  // namespace
}  // namespace cae
