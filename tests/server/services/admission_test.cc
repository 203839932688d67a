// Row 8 of the error table: requests that come when the server has no room or no time for them.
#include <gmock/gmock.h>

#include <atomic>
#include <latch>

#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// The machine's clock, put forward by hand.
class ShiftedClock : public Clock {
 public:
  absl::Time Now() const override { return absl::Now() + absl::Seconds(seconds_.load()); }
  void Forward(int seconds) { seconds_ += seconds; }

 private:
  std::atomic<int> seconds_ = 0;
};

/// A base class, so that the clock is there before the executor and after it.
struct ClockHolder {
  ShiftedClock clock_;
};

class AdmissionTest : public ClockHolder, public CaeServiceFixture {
 protected:
  AdmissionTest()
      : CaeServiceFixture({.threads = 1, .rows = 4, .chains = 6, .executor_clock = &clock_}) {}

  absl::Status Encode(Index rows, absl::Duration timeout = absl::Seconds(30)) {
    v1::EncodeRequest request;
    request.mutable_model()->set_name("one");
    *request.mutable_inputs() = ToTensor(Inputs(rows));
    v1::EncodeResponse response;
    call_ = ClientCall(timeout);
    return FromGrpcStatus(stub_->Encode(call_.get(), request, &response));
  }

  absl::Status Sample(int chains) {
    v1::SampleRequest request;
    request.mutable_model()->set_name("one");
    request.set_chains(chains);
    request.set_draws(1);
    call_ = ClientCall();
    return FromGrpcStatus(ReadAll(*stub_, *call_, request).status);
  }

  /// Both ways in which a client is told when to come back.
  void ExpectRetryHint(const absl::Status& status, const char* reason) {
    EXPECT_EQ(ReasonOf(status), reason);
    ASSERT_TRUE(GetRetryAfter(status).has_value());
    EXPECT_GT(*GetRetryAfter(status), absl::ZeroDuration());
    const auto& trailers = call_->GetServerTrailingMetadata();
    const auto pushback = trailers.find(kPushbackTrailer);
    ASSERT_NE(pushback, trailers.end());
    EXPECT_EQ(std::string(pushback->second.data(), pushback->second.size()),
              std::to_string(*PushbackMilliseconds(status)));
  }

  std::unique_ptr<grpc::ClientContext> call_;
};

TEST_F(AdmissionTest, RowsThatDoNotFitAreRefused) {
  auto held = rows_.Reserve(3);
  EXPECT_THAT(Encode(1), IsOk());
  const absl::Status status = Encode(2);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("works on 3 of at most 4 rows and cannot take 2")));
  ExpectRetryHint(status, kReasonQueueFull);
  EXPECT_THAT(observer_.rejected(), ElementsAre("Encode/QUEUE_FULL"));
  held.reset();
  EXPECT_THAT(Encode(2), IsOk());
}

TEST_F(AdmissionTest, ChainsThatDoNotFitAreRefused) {
  auto held = chains_.Reserve(5);
  EXPECT_THAT(Sample(1), IsOk());
  const absl::Status status = Sample(2);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("chains")));
  ExpectRetryHint(status, kReasonTooManyChains);
  EXPECT_THAT(observer_.rejected(), ElementsAre("Sample/TOO_MANY_CHAINS"));
}

TEST_F(AdmissionTest, ADrainingServerSendsClientsElsewhere) {
  in_flight_.Close();
  absl::Status status = Encode(1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  ExpectRetryHint(status, kReasonDraining);
  status = Sample(1);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  ExpectRetryHint(status, kReasonDraining);
}

TEST_F(AdmissionTest, ChecksOfTheRequestComeFirst) {
  in_flight_.Close();
  auto held = rows_.Reserve(4);
  v1::EncodeRequest request;
  v1::EncodeResponse response;
  EXPECT_EQ(stub_->Encode(ClientCall().get(), request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

// docs/decisions/0011-large-values-after-admission.md
TEST_F(AdmissionTest, AFullServerDoesNotReadTheValuesOfLargeTensors) {
  v1::EncodeRequest request;
  request.mutable_model()->set_name("one");
  v1::EncodeResponse response;
  const auto encode = [&](Index rows) {
    *request.mutable_inputs() = ToTensor(Matrix::Constant(rows, kInputUnits, 300));
    return stub_->Encode(ClientCall().get(), request, &response).error_code();
  };
  constexpr Index kSmall = 64 * 1024 / (4 * kInputUnits);
  auto held = rows_.Reserve(4);
  EXPECT_EQ(encode(kSmall), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(encode(kSmall + 1), grpc::StatusCode::RESOURCE_EXHAUSTED);
  held.reset();
  EXPECT_EQ(encode(kSmall + 1), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(AdmissionTest, ARequestThatWouldNotBeBegunInTimeIsRefusedAtOnce) {
  std::latch done(2);
  std::latch running(1);
  std::latch release(1);
  const auto submit = [this](std::function<void()> work) {
    Job job;
    job.operation = "test";
    job.run = [work = std::move(work)](Workspace&, YieldPoint) {
      work();
      return Job::Slice::kDone;
    };
    job.abandon = [](const absl::Status&) {};
    executor_.Submit(std::move(job));
  };
  // The executor learns that a slice takes long: 1000 s, of which its mean takes a tenth.
  submit([&] {
    clock_.Forward(1000);
    done.count_down();
  });
  // The second job begins after the executor took note of the first.
  submit([&] {
    running.count_down();
    release.wait();
    done.count_down();
  });
  running.wait();
  submit([] {});  // one waits: so would the request, for 100 s

  const absl::Status status = Encode(1, absl::Seconds(20));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("deadline")));
  ExpectRetryHint(status, kReasonDeadlineTooShort);
  EXPECT_EQ(rows_.used(), 0);
  release.count_down();
  done.wait();
}

TEST_F(AdmissionTest, AStreamWhoseFirstDrawWouldComeTooLateIsRefused) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("two");
  request.set_thinning(std::int64_t{1} << 40);
  call_ = ClientCall(absl::Seconds(20));
  const absl::Status status = FromGrpcStatus(ReadAll(*stub_, *call_, request).status);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("first answer")));
  ExpectRetryHint(status, kReasonDeadlineTooShort);
  EXPECT_EQ(chains_.used(), 0);
}

}  // namespace
}  // namespace cae::testing
