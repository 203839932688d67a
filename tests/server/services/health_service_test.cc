#include "server/services/health_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "tests/testing/serving_fixture.h"

namespace cae::testing {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

constexpr std::chrono::seconds kLong{30};

/// One Watch, seen from the client.
class Watch {
 public:
  Watch(Health::Stub& stub, std::unique_ptr<grpc::ClientContext> context,
        const std::string& service)
      : context_(std::move(context)) {
    HealthCheckRequest request;
    request.set_service(service);
    reader_ = stub.Watch(context_.get(), request);
  }
  /// The next status; UNKNOWN at the end.
  HealthCheckResponse::ServingStatus Next() {
    HealthCheckResponse response;
    return reader_->Read(&response) ? response.status() : HealthCheckResponse::UNKNOWN;
  }
  grpc::StatusCode Finish() { return reader_->Finish().error_code(); }
  void Cancel() { context_->TryCancel(); }

 private:
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
};

class HealthServiceTest : public ServingFixture {
 protected:
  HealthServiceTest() {
    Serve({&service_});
    stub_ = Health::NewStub(channel());
  }

  grpc::Status Check(const std::string& service, HealthCheckResponse& response) {
    HealthCheckRequest request;
    request.set_service(service);
    return stub_->Check(ClientCall().get(), request, &response);
  }
  HealthCheckResponse::ServingStatus Checked(const std::string& service) {
    HealthCheckResponse response;
    EXPECT_TRUE(Check(service, response).ok());
    return response.status();
  }
  Watch NewWatch(const std::string& service) { return Watch(*stub_, ClientCall(), service); }

  HealthService service_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthServiceTest, CheckTellsTheServerAndEachModel) {
  service_.SetServing("", true);
  service_.SetServing("good", true);
  service_.SetServing("bad", false);
  EXPECT_EQ(Checked(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Checked("good"), HealthCheckResponse::SERVING);
  EXPECT_EQ(Checked("bad"), HealthCheckResponse::NOT_SERVING);
}

TEST_F(HealthServiceTest, CheckOfAnUnknownNameIsNotFound) {
  HealthCheckResponse response;
  EXPECT_EQ(Check("unknown", response).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Check("", response).error_code(), grpc::StatusCode::NOT_FOUND)
      << "the server, before anything was set";
}

TEST_F(HealthServiceTest, ListTellsAll) {
  service_.SetServing("", true);
  service_.SetServing("m", false);
  grpc::health::v1::HealthListResponse response;
  ASSERT_TRUE(
      stub_->List(ClientCall().get(), grpc::health::v1::HealthListRequest(), &response).ok());
  std::vector<std::pair<std::string, int>> statuses;
  for (const auto& [name, status] : response.statuses()) {
    statuses.emplace_back(name, status.status());
  }
  EXPECT_THAT(statuses, UnorderedElementsAre(Pair("", HealthCheckResponse::SERVING),
                                             Pair("m", HealthCheckResponse::NOT_SERVING)));
}

TEST_F(HealthServiceTest, ListRefusesMoreThanFitsIntoAMessage) {
  for (int i = 0; i < 1001; ++i) service_.SetServing(std::to_string(i), true);
  grpc::health::v1::HealthListResponse response;
  EXPECT_EQ(stub_->List(ClientCall().get(), grpc::health::v1::HealthListRequest(), &response)
                .error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(HealthServiceTest, WatchTellsTheStatusAtOnceAndEveryChange) {
  service_.SetServing("m", true);
  Watch watch = NewWatch("m");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  service_.SetServing("m", false);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
  service_.SetServing("other", true);
  service_.SetServing("m", false);  // neither is a change
  service_.SetServing("m", true);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  watch.Cancel();
}

TEST_F(HealthServiceTest, WatchOfAnUnknownNameWaitsForItToBecomeKnown) {
  Watch watch = NewWatch("m");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVICE_UNKNOWN);
  service_.SetServing("m", true);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  watch.Cancel();
}

TEST_F(HealthServiceTest, ADrainIsForGood) {
  service_.SetServing("", true);
  service_.SetServing("m", true);
  Watch watch = NewWatch("m");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  service_.SetAllNotServing();
  EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
  service_.SetServing("m", true);
  EXPECT_EQ(Checked("m"), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Checked(""), HealthCheckResponse::NOT_SERVING);
  watch.Cancel();
}

TEST_F(HealthServiceTest, EndingTellsWatchesTheLastStatusFirst) {
  service_.SetServing("m", true);
  std::vector<Watch> watches;
  for (int i = 0; i < 20; ++i) {
    watches.push_back(NewWatch("m"));
    EXPECT_EQ(watches.back().Next(), HealthCheckResponse::SERVING);
  }
  service_.SetAllNotServing();
  // Without waiting: in one process a status is sent when it is read.
  service_.EndWatches(std::chrono::seconds(0));
  for (Watch& watch : watches) {
    EXPECT_EQ(watch.Next(), HealthCheckResponse::NOT_SERVING);
    EXPECT_EQ(watch.Next(), HealthCheckResponse::UNKNOWN);
    EXPECT_EQ(watch.Finish(), grpc::StatusCode::UNAVAILABLE);
  }
}

TEST_F(HealthServiceTest, AWatchThatComesAfterTheEndEndsAtOnce) {
  service_.SetServing("m", true);
  service_.EndWatches(kLong);
  Watch watch = NewWatch("m");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  EXPECT_EQ(watch.Next(), HealthCheckResponse::UNKNOWN);
  EXPECT_EQ(watch.Finish(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(HealthServiceTest, ACancelledWatchLeavesNothingBehind) {
  service_.SetServing("m", true);
  for (int i = 0; i < 10; ++i) {
    Watch watch = NewWatch("m");
    EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
    watch.Cancel();
    EXPECT_EQ(watch.Next(), HealthCheckResponse::UNKNOWN);
  }
  // Returns as soon as the last of them is gone, which the server hears of a little later.
  service_.EndWatches(kLong);
}

TEST_F(HealthServiceTest, ServerShutdownEndsWatches) {
  service_.SetServing("m", true);
  Watch watch = NewWatch("m");
  EXPECT_EQ(watch.Next(), HealthCheckResponse::SERVING);
  StopServing();
  EXPECT_EQ(watch.Next(), HealthCheckResponse::UNKNOWN);
  EXPECT_NE(watch.Finish(), grpc::StatusCode::OK);
}

TEST_F(HealthServiceTest, ChangesFromManyThreadsEndWithTheLastOne) {
  service_.SetServing("m", true);
  Watch watch = NewWatch("m");
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < 200; ++i) service_.SetServing("m", i % 2 == 0);
    });
  }
  for (std::thread& thread : threads) thread.join();
  service_.SetServing("m", true);
  service_.SetAllNotServing();
  service_.EndWatches(std::chrono::seconds(0));
  HealthCheckResponse::ServingStatus last = HealthCheckResponse::UNKNOWN;
  for (auto next = watch.Next(); next != HealthCheckResponse::UNKNOWN; next = watch.Next()) {
    EXPECT_NE(next, last) << "only changes are told";
    last = next;
  }
  EXPECT_EQ(last, HealthCheckResponse::NOT_SERVING);
}

}  // namespace
}  // namespace cae::testing
