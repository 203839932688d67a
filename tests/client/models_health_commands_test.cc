#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/client/command_test_base.h"

namespace cae {
namespace {

using testing::CommandResult;
using ::testing::ContainsRegex;
using testing::FakeCard;
using ::testing::HasSubstr;

class ModelsCommandTest : public testing::CommandTest {};
class HealthCommandTest : public testing::CommandTest {};

TEST_F(ModelsCommandTest, ListsModelsAsATable) {
  v1::Model failed;
  failed.set_name("broken");
  failed.set_version(12);
  failed.set_state(v1::MODEL_STATE_FAILED);
  failed.set_state_message("no weights");
  server_.SetModels({failed, FakeCard()});
  const CommandResult result = Run({"models"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out,
            "NAME    VERSION  STATE   LABELS  UNITS  CLASSES\n"
            "broken  12       failed  -       -      -        no weights\n"
            "fake    3        ready   stable  4-3    3\n");
}

TEST_F(ModelsCommandTest, ListsModelsAsJson) {
  server_.SetModels({FakeCard("a"), FakeCard("b")});
  const nlohmann::json json = Run({"models", "--json"}).json();
  ASSERT_EQ(json["models"].size(), 2);
  EXPECT_EQ(json["models"][1]["name"], "b");
  EXPECT_EQ(json["models"][1]["version"], 3);
  EXPECT_EQ(json["models"][1]["limits"]["max_rows"], 4);
  EXPECT_EQ(json["models"][1]["layers"][0]["activation"], "logistic");
  EXPECT_EQ(json["models"][1]["training"]["recipe"], "none");
  EXPECT_EQ(json["models"][1]["precision"], "bfloat16");
}

TEST_F(ModelsCommandTest, AnEmptyServerIsNoFailure) {
  server_.SetModels({});
  const CommandResult result = Run({"models"});
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.err, HasSubstr("no model"));
  EXPECT_EQ(Run({"models", "--json"}).json().dump(), R"({"models":[]})");
}

TEST_F(ModelsCommandTest, ShowsTheCardOfOne) {
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"models", "fake@stable"}, {"models", "--model", "fake:3"}}) {
    const CommandResult result = Run(command);
    EXPECT_EQ(result.code, 0) << result.err;
    EXPECT_THAT(result.out, HasSubstr("4 -> 3 logistic, back logistic with the transpose"));
    EXPECT_THAT(result.out, HasSubstr("zero, one, two"));
    EXPECT_THAT(result.out, HasSubstr("training recipe"));
    EXPECT_THAT(result.out, ContainsRegex("precision +bfloat16"));
    EXPECT_THAT(result.out, HasSubstr("4 rows, 100 chains, rank 3, 3670016 bytes a message"));
  }
  EXPECT_EQ(Run({"models", "fake", "--json"}).json()["name"], "fake");
}

TEST_F(ModelsCommandTest, NamesAModelThatIsNotThere) {
  EXPECT_EQ(Run({"models", "other"}).code, 15);
}

TEST_F(HealthCommandTest, ServingIsZero) {
  const CommandResult result = Run({"health"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_EQ(result.out, "SERVING\n");
  EXPECT_EQ(Run({"health", "--json", "--model", "fake"}).json()["status"], "SERVING");
}

TEST_F(HealthCommandTest, NotServingIsUnavailable) {
  server_.SetHealth(grpc::health::v1::HealthCheckResponse::NOT_SERVING);
  const CommandResult result = Run({"health"});
  EXPECT_EQ(result.code, 24);
  EXPECT_EQ(result.out, "NOT_SERVING\n");
}

TEST_F(HealthCommandTest, AnUnknownModelIsNotFound) {
  EXPECT_EQ(Run({"health", "--model", "other"}).code, 15);
}

TEST_F(HealthCommandTest, ASilentPortIsUnavailable) {
  EXPECT_EQ(RunPlain({"health", "--server", "127.0.0.1:1"}).code, 24);
}

}  // namespace
}  // namespace cae
