#include "server/requests/sample_producer.h"

#include <gmock/gmock.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include "tests/testing/random_matrix.h"
#include "tests/testing/random_model.h"
#include "tests/testing/serving_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::HasSubstr;

/// A clock that each look puts forward.
class TickingClock : public Clock {
 public:
  explicit TickingClock(absl::Duration tick) : tick_(tick) {}
  absl::Time Now() const override { return now_ += tick_; }

 private:
  const absl::Duration tick_;
  mutable absl::Time now_ = absl::UnixEpoch();
};

class SampleProducerTest : public ::testing::Test {
 protected:
  SamplePlan Plan(Index chains, Index input_units = 6) {
    SamplePlan plan;
    plan.spec.servable = testing::MakeServable(
        "model", 1,
        testing::RandomModelParameters({input_units, 4}, {Activation::kLogistic},
                                       testing::Weights::kTied, 1));
    plan.spec.states = testing::RandomMatrix(chains, input_units, 2, 0, 1);
    plan.chains = chains;
    plan.state_interval = -1;
    return plan;
  }

  /// Some draw of every chain of the plan, as the scheduler puts them; the clock is looked at as
  /// often as the chains' draws are.
  void PutDraw(SampleProducer& producer, const SamplePlan& plan) {
    const Servable& servable = *plan.spec.servable;
    const Matrix draws = testing::RandomMatrix(plan.chains, servable.autoencoder->input_units(),
                                               100 + draws_put_, 0, 1);
    const MatrixD values = servable.statistics->Of(draws, workspace_);
    // In two pieces, the later one first.
    const Index half = plan.chains / 2;
    for (const auto& [first, count] : {std::pair{half, plan.chains - half}, {Index{0}, half}}) {
      const DrawRows rows{first,
                          Rows(ConstMatrixView(draws), first, count),
                          {nullptr, 0, 0},
                          {values.data() + first * values.cols(), count, values.cols()},
                          {nullptr, 0, 0}};
      EXPECT_THAT(producer.PutRows(rows), IsOk());
    }
    ++draws_put_;
    producer.EndDraw(State());
    sent_.append(reinterpret_cast<const char*>(draws.data()), draws.size() * sizeof(float));
  }

  ChainStreamState State() { return {ConstMatrixView(states_), 5 * draws_put_, draws_put_}; }

  v1::SampleResponse Parse(SampleMessage message) {
    v1::SampleResponse response;
    grpc::ProtoBufferReader reader(&message.bytes);
    EXPECT_TRUE(response.ParseFromZeroCopyStream(&reader));
    written_ = message.draws;
    return response;
  }

  /// The next message, and the draws that it took.
  v1::SampleResponse Next(SampleProducer& producer, const SamplePlan& plan) {
    producer.Continue();
    for (draws_ = 0; !producer.message_ready(); ++draws_) PutDraw(producer, plan);
    return Parse(producer.WriteMessage(State()));
  }

  const TickingClock still_{absl::ZeroDuration()};
  Workspace workspace_;
  Matrix states_ = Matrix::Constant(1, 6, 0.5f);
  std::int64_t draws_put_ = 0;
  std::int64_t draws_ = 0;
  std::int64_t written_ = 0;
  std::string sent_;
};

TEST_F(SampleProducerTest, PacksUpTo64KiB) {
  const SamplePlan plan = Plan(100, 60);
  SampleProducer producer(plan, still_);  // 24,000 bytes a draw
  const v1::SampleResponse message = Next(producer, plan);
  EXPECT_EQ(message.samples().shape(0), 2);
  EXPECT_EQ(draws_, 2);
  EXPECT_EQ(written_, 200);
  EXPECT_EQ(message.samples().data(), sent_);
}

TEST_F(SampleProducerTest, PacksADrawThatIsLargerByItself) {
  const SamplePlan plan = Plan(300, 60);
  SampleProducer producer(plan, still_);
  EXPECT_EQ(Next(producer, plan).samples().shape(0), 1);
}

TEST_F(SampleProducerTest, PacksFor20Milliseconds) {
  // Five looks at the clock, whatever they are for, are 20 ms: far fewer draws than 64 KiB hold.
  const TickingClock clock(absl::Milliseconds(4));
  const SamplePlan plan = Plan(1);
  SampleProducer producer(plan, clock);
  EXPECT_LE(Next(producer, plan).samples().shape(0), 5);
  EXPECT_LE(Next(producer, plan).samples().shape(0), 5);
}

TEST_F(SampleProducerTest, TimeDoesNotCutMessagesOfAFixedSize) {
  const TickingClock clock(absl::Seconds(10));
  SamplePlan plan = Plan(1);
  plan.draws_per_message = 7;
  SampleProducer producer(plan, clock);
  EXPECT_EQ(Next(producer, plan).samples().shape(0), 7);
}

TEST_F(SampleProducerTest, TheTimeOfASlowReaderIsNotTheMessages) {
  class SettableClock : public Clock {
   public:
    absl::Time Now() const override { return now; }
    absl::Time now = absl::UnixEpoch();
  } clock;
  const SamplePlan plan = Plan(100, 60);
  SampleProducer producer(plan, clock);
  EXPECT_EQ(Next(producer, plan).samples().shape(0), 2);
  PutDraw(producer, plan);
  producer.Pause();  // while a write is in flight
  clock.now += absl::Seconds(60);
  producer.Continue();
  EXPECT_EQ(Next(producer, plan).samples().shape(0), 2);
}

TEST_F(SampleProducerTest, SendsAStateEveryMiBOfItsOwn) {
  SamplePlan plan = Plan(100, 60);
  plan.state_interval = 0;
  SampleProducer producer(plan, still_);
  std::int64_t draws = 0;
  for (int states = 1; states <= 2; ++states) {
    v1::SampleResponse message;
    do {
      message = Next(producer, plan);
      draws += message.samples().shape(0);
    } while (!message.has_state());
    EXPECT_EQ(draws, states * 44);  // the first multiple of 24,000 bytes beyond a MiB
    EXPECT_EQ(message.state().draws_done(), draws);
  }
}

TEST_F(SampleProducerTest, SendsAStateEverySecondOfItsOwn) {
  const TickingClock clock(absl::Milliseconds(300));
  SamplePlan plan = Plan(1);
  plan.state_interval = 0;
  plan.draws_per_message = 1;
  SampleProducer producer(plan, clock);
  int states = 0;
  for (int i = 0; i < 12; ++i) states += Next(producer, plan).has_state();
  EXPECT_GE(states, 3);
}

TEST_F(SampleProducerTest, SendsDiagnosticsEverySecond) {
  const TickingClock clock(absl::Milliseconds(100));
  SamplePlan plan = Plan(1);
  plan.draws_per_message = 1;
  plan.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  SampleProducer producer(plan, clock);
  std::vector<std::int64_t> covered;
  std::int64_t draws = 0;
  for (int i = 0; i < 30; ++i) {
    const v1::SampleResponse message = Next(producer, plan);
    draws += message.samples().shape(0);
    if (!message.has_diagnostics()) continue;
    covered.push_back(message.diagnostics().draws());
    EXPECT_EQ(covered.back(), draws);
  }
  // A message looks at the clock a few times, so that some ten of them make a second at most.
  EXPECT_GE(covered.size(), 3u);
  EXPECT_LE(covered.size(), 15u);
}

TEST_F(SampleProducerTest, WithoutTimePassingDiagnosticsComeAtTheEndAlone) {
  SamplePlan plan = Plan(2);
  plan.draws = 6;
  plan.draws_per_message = 2;
  plan.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  SampleProducer producer(plan, still_);
  EXPECT_FALSE(Next(producer, plan).has_diagnostics());
  EXPECT_FALSE(Next(producer, plan).has_diagnostics());
  EXPECT_EQ(Next(producer, plan).diagnostics().draws(), 6);
  EXPECT_TRUE(producer.last_message_written());
}

TEST_F(SampleProducerTest, AStreamThatEndsBeforeItsFirstDrawHasNoDiagnostics) {
  SamplePlan plan = Plan(1);
  plan.spec.thinning = 5;
  plan.diagnostics = v1::DIAGNOSTICS_LEVEL_BASIC;
  SampleProducer producer(plan, still_);
  producer.Conclude();
  const v1::SampleResponse message = Next(producer, plan);
  EXPECT_TRUE(message.has_state());
  EXPECT_FALSE(message.has_samples());
  EXPECT_FALSE(message.has_diagnostics());
  EXPECT_TRUE(producer.last_message_written());
}

TEST_F(SampleProducerTest, ConcludesWithTheDrawsMadeAndTheStateReached) {
  SamplePlan plan = Plan(2);
  plan.draws_per_message = 3;
  SampleProducer producer(plan, still_);
  PutDraw(producer, plan);
  EXPECT_FALSE(producer.message_ready());
  producer.Conclude();
  states_ = testing::RandomMatrix(2, 6, 9, 0, 1);
  const v1::SampleResponse message = Parse(producer.WriteMessage({states_, 7, 1}));
  EXPECT_EQ(message.samples().shape(0), 1);
  EXPECT_EQ(message.samples().data(), sent_);
  EXPECT_EQ(message.state().step(), 7);
  EXPECT_EQ(message.state().draws_done(), 1);
  EXPECT_EQ(message.state().tensor().data(),
            std::string(reinterpret_cast<const char*>(states_.data()), 2 * 6 * sizeof(float)));
  EXPECT_TRUE(producer.last_message_written());
}

TEST_F(SampleProducerTest, IsAheadWithAPartOfAMessageAndOneDrawAtLeast) {
  const SamplePlan small = Plan(1, 60);  // 273 draws a message
  SampleProducer producer(small, still_);
  for (int i = 0; i < 68; ++i) {
    EXPECT_FALSE(producer.is_ahead()) << i;
    PutDraw(producer, small);
  }
  EXPECT_TRUE(producer.is_ahead());
  EXPECT_FALSE(producer.message_ready());
  draws_put_ = 0;
  const SamplePlan large = Plan(300, 60);
  SampleProducer one_draw(large, still_);
  EXPECT_FALSE(one_draw.is_ahead());
}

TEST_F(SampleProducerTest, ANumberThatTheTypeCannotHoldIsNamed) {
  SamplePlan plan = Plan(3);
  plan.format.type = v1::DATA_TYPE_FLOAT16;
  SampleProducer producer(plan, still_);
  Matrix draws = Matrix::Zero(3, 6);
  const auto put = [&](Index first, Index count) {
    return producer.PutRows({first,
                             Rows(ConstMatrixView(draws), first, count),
                             {nullptr, 0, 0},
                             {nullptr, 0, 0},
                             {nullptr, 0, 0}});
  };
  EXPECT_THAT(put(0, 3), IsOk());
  producer.EndDraw(State());
  draws(2, 4) = 1e6f;
  EXPECT_THAT(put(0, 2), IsOk());
  EXPECT_THAT(put(2, 1), StatusIs(absl::StatusCode::kOutOfRange,
                                  HasSubstr("samples[1, 2, 4] is 1e+06, which DATA_TYPE_FLOAT16")));
}

}  // namespace
}  // namespace cae
