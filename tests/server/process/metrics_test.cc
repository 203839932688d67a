// What a scrape of a running server shows.
#include <gmock/gmock.h>
#include <signal.h>

#include <cstdlib>

#include "cae/v1/cae_service.grpc.pb.h"
#include "cae/v1/model_admin_service.grpc.pb.h"
#include "cae/v1/model_service.grpc.pb.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "tests/server/process/process_fixture.h"
#include "tests/server/process/scrape.h"

namespace cae::testing {
namespace {

using ::testing::HasSubstr;

class MetricsTest : public ProcessFixture {
 protected:
  MetricsTest() { repository_.Add("tiny", 7); }

  Scrape Metrics() const { return Scrape(ready_["metrics_listen"].get<std::string>()); }

  grpc::Status Encode(const std::string& model, int rows) {
    v1::EncodeRequest request;
    request.mutable_model()->set_name(model);
    for (const std::int64_t size : {rows, 6}) request.mutable_inputs()->add_shape(size);
    for (int i = 0; i < 6 * rows; ++i) request.mutable_inputs()->add_values(0.5f);
    v1::EncodeResponse response;
    return v1::CaeService::NewStub(channel_)->Encode(ClientCall().get(), request, &response);
  }

  /// Starts an endless stream, reads a message and walks away.
  void SampleAndCancel() {
    v1::SampleRequest request;
    request.mutable_model()->set_name("tiny");
    const auto context = ClientCall();
    const auto stub = v1::CaeService::NewStub(channel_);
    const auto stream = stub->Sample(context.get(), request);
    v1::SampleResponse response;
    EXPECT_TRUE(stream->Read(&response));
    context->TryCancel();
    while (stream->Read(&response)) {
    }
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }

  /// Scrapes until as many calls have ended as began: a client hears of its cancelled call first.
  Scrape Quiescent() {
    Scrape scrape = Metrics();
    while (scrape.Sum("grpc_server_started_total") != scrape.Sum("grpc_server_handled_total")) {
      scrape = Metrics();
    }
    // Once more: a scrape reads one family after the other, and calls go on meanwhile.
    return Metrics();
  }
};

TEST_F(MetricsTest, ShowsEveryFamilyAndEveryKnownSeriesFromTheStart) {
  Start();
  const Scrape scrape = Metrics();
  EXPECT_EQ(scrape.Sum("cae_build_info", {"version=\"", "commit=\"", "isa=\""}), 1);
  EXPECT_EQ(scrape.Sum("cae_model_info",
                       {"model=\"tiny\"", "version=\"7\"", "digest=\"", "fingerprint=\""}),
            1);
  EXPECT_EQ(scrape.Sum("cae_model_ready", {"model=\"tiny\"", "version=\"7\""}), 1);
  EXPECT_EQ(scrape.Sum("cae_model_load_seconds_count"), 1);
  for (const char* family : {"cae_model_load_failures_total",
                             "cae_draws_sent_total",
                             "cae_draining",
                             "cae_drain_seconds",
                             "grpc_server_started_total",
                             "grpc_server_handled_total",
                             "grpc_server_msg_received_total",
                             "grpc_server_msg_sent_total",
                             "grpc_server_handling_seconds_count",
                             "cae_streams_finished_total",
                             "cae_queue_rows",
                             "cae_batch_rows_count",
                             "cae_chain_steps_total",
                             "cae_step_batch_chains_count",
                             "cae_stream_first_draw_seconds_count",
                             "cae_stream_stall_seconds_count",
                             "cae_stream_seconds_count",
                             "cae_cancel_latency_seconds_count",
                             "cae_wasted_steps_total",
                             "cae_tangent_fallbacks_total"}) {
    EXPECT_EQ(scrape.Sum(family), 0) << family;
  }
  for (const char* state : {"waiting", "running", "parked"}) {
    EXPECT_EQ(scrape.Sum("cae_chains", {"model=\"tiny\"", absl::StrCat("state=\"", state, "\"")}),
              0);
  }
  for (const char* method : {"Encode", "Decode", "Reconstruct", "Tangents", "Classify"}) {
    const std::string label = absl::StrCat("=\"", method, "\"");
    EXPECT_EQ(scrape.Sum("cae_requests_rejected_total", {"method" + label, "QUEUE_FULL"}), 0);
    EXPECT_EQ(scrape.Sum("cae_queue_wait_seconds_count", {"method" + label}), 0);
    EXPECT_EQ(scrape.Sum("cae_compute_seconds_count", {"operation" + label}), 0);
    EXPECT_EQ(scrape.Sum("cae_rows_total", {"model=\"tiny\"", "operation" + label}), 0);
    EXPECT_EQ(scrape.Sum("grpc_server_handled_total",
                         {"grpc_method" + label, "grpc_service=\"cae.v1.CaeService\"",
                          "grpc_type=\"unary\"", "grpc_code=\"ResourceExhausted\""}),
              0);
  }
  EXPECT_EQ(scrape.Sum("grpc_server_handling_seconds_count", {"grpc_method=\"Sample\""}), -1)
      << "only unary calls have a handling time";
  EXPECT_GT(scrape.Sum("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(scrape.Sum("process_open_fds"), 3);
  EXPECT_GT(scrape.Sum("process_start_time_seconds"), 1.6e9);
  // The kernel counts in hundredths of a second, which a start may not take. Scrapes do, in the
  // end.
  double seconds = scrape.Sum("process_cpu_seconds_total");
  while (seconds == 0) seconds = Metrics().Sum("process_cpu_seconds_total");
  EXPECT_GT(seconds, 0);
}

TEST_F(MetricsTest, CountsEveryCallOnceHoweverItEnds) {
  Start();
  EXPECT_TRUE(Encode("tiny", 3).ok());
  EXPECT_EQ(Encode("no-such-model", 1).error_code(), grpc::StatusCode::NOT_FOUND);
  SampleAndCancel();
  v1::ListModelsResponse models;
  EXPECT_TRUE(v1::ModelService::NewStub(channel_)
                  ->ListModels(ClientCall().get(), v1::ListModelsRequest(), &models)
                  .ok());
  const Scrape scrape = Quiescent();
  EXPECT_EQ(scrape.Sum("grpc_server_started_total"), 4);
  EXPECT_EQ(scrape.Sum("grpc_server_started_total", {"grpc_method=\"Encode\""}), 2);
  EXPECT_EQ(scrape.Sum("grpc_server_handled_total", {"Encode", "grpc_code=\"OK\""}), 1);
  EXPECT_EQ(scrape.Sum("grpc_server_handled_total", {"Encode", "grpc_code=\"NotFound\""}), 1);
  EXPECT_EQ(scrape.Sum("grpc_server_handled_total", {"Sample", "grpc_type=\"server_stream\""}), 1);
  EXPECT_EQ(scrape.Sum("grpc_server_handling_seconds_count", {"Encode"}), 2);
  EXPECT_EQ(scrape.Sum("grpc_server_msg_received_total", {"Encode"}), 2);
  EXPECT_EQ(scrape.Sum("grpc_server_msg_sent_total", {"Encode"}), 1);
  EXPECT_GE(scrape.Sum("grpc_server_msg_sent_total", {"Sample"}), 1);
  EXPECT_EQ(scrape.Sum("cae_rows_total", {"model=\"tiny\"", "operation=\"Encode\""}), 3);
  EXPECT_EQ(scrape.Sum("cae_compute_seconds_count", {"Encode"}), 1);
  EXPECT_EQ(scrape.Sum("cae_queue_wait_seconds_count", {"Encode"}), 1);
  EXPECT_EQ(scrape.Sum("cae_queue_rows", {"model=\"tiny\""}), 0);
  EXPECT_EQ(scrape.Sum("cae_batch_rows_sum", {"model=\"tiny\""}), 3);
  EXPECT_EQ(scrape.Sum("cae_chains", {"model=\"tiny\""}), 0) << "the stream's chain has left";
  EXPECT_GE(scrape.Sum("cae_chain_steps_total", {"model=\"tiny\""}), 1);
  EXPECT_EQ(scrape.Sum("cae_step_batch_chains_sum"), scrape.Sum("cae_chain_steps_total"));
  EXPECT_GE(scrape.Sum("cae_draws_sent_total"), 1);
  EXPECT_EQ(scrape.Sum("cae_streams_finished_total", {"reason=\"cancelled\""}), 1);
  EXPECT_EQ(scrape.Sum("cae_stream_seconds_count"), 1);
  EXPECT_EQ(scrape.Sum("cae_stream_first_draw_seconds_count"), 1);
  EXPECT_LE(scrape.Sum("cae_stream_first_draw_seconds_sum"), scrape.Sum("cae_stream_seconds_sum"));
}

TEST_F(MetricsTest, TellsHowSoonTheWorkOfACancelledStreamStops) {
  Start();
  v1::SampleRequest request;
  request.mutable_model()->set_name("tiny");
  request.set_chains(3);
  request.set_thinning(std::int64_t{1} << 40);  // it steps until it is cancelled
  grpc::ClientContext context;  // with a deadline before the first draw it would be refused
  const auto stream = v1::CaeService::NewStub(channel_)->Sample(&context, request);
  while (Metrics().Sum("cae_chain_steps_total") < 100) {
  }
  context.TryCancel();
  stream->Finish();
  const Scrape scrape = Quiescent();
  EXPECT_EQ(scrape.Sum("cae_cancel_latency_seconds_count"), 1);
  EXPECT_LE(scrape.Sum("cae_wasted_steps_total"), 3) << "one step of each chain was under way";
}

TEST_F(MetricsTest, CountsWhatTheFastTangentsCouldNotDo) {
  ModelParameters saturated = TinyModelParameters();
  saturated.layers[0].encoder.bias.setConstant(-60);  // the squares of its slopes are no floats
  repository_.Add("tiny", 8, saturated);
  Start();
  v1::TangentsRequest request;
  request.mutable_model()->set_name("tiny");
  request.set_rank(4);
  for (const std::int64_t size : {1, 6}) request.mutable_inputs()->add_shape(size);
  for (int i = 0; i < 6; ++i) request.mutable_inputs()->add_values(0.5f);
  v1::TangentsResponse response;
  const grpc::Status status =
      v1::CaeService::NewStub(channel_)->Tangents(ClientCall().get(), request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Quiescent().Sum("cae_tangent_fallbacks_total"), 1);
}

TEST_F(MetricsTest, TellsHowLongAReaderHeldItsStreamUp) {
  Start();
  v1::SampleRequest request;
  request.mutable_model()->set_name("tiny");
  request.set_draws_per_message(64);
  const auto context = ClientCall();
  const auto stream = v1::CaeService::NewStub(channel_)->Sample(context.get(), request);
  v1::SampleResponse response;
  ASSERT_TRUE(stream->Read(&response));
  while (Metrics().Sum("cae_chains", {"state=\"parked\""}) != 1) {
  }
  context->TryCancel();
  stream->Finish();
  const Scrape scrape = Quiescent();
  EXPECT_GE(scrape.Sum("cae_stream_stall_seconds_count"), 1);
  EXPECT_GT(scrape.Sum("cae_stream_stall_seconds_sum"), 0);
  EXPECT_EQ(scrape.Sum("cae_chains", {"state=\"parked\""}), 0);
}

TEST_F(MetricsTest, PutsMethodsThatNobodyServesIntoOneSeries) {
  Start();
  // The admin service is never on this listener.
  v1::ReloadRepositoryResponse response;
  const grpc::Status status = v1::ModelAdminService::NewStub(channel_)->ReloadRepository(
      ClientCall().get(), v1::ReloadRepositoryRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  const Scrape scrape = Quiescent();
  EXPECT_EQ(scrape.Sum("grpc_server_handled_total",
                       {"grpc_method=\"other\"", "grpc_code=\"Unimplemented\""}),
            1);
  EXPECT_THAT(scrape.text(), ::testing::Not(HasSubstr("ReloadRepository")));
}

TEST_F(MetricsTest, TellsOfModelsThatCouldNotBeLoaded) {
  repository_.AddFile("bad/1/model.safetensors", "no model");
  Start();
  const Scrape scrape = Metrics();
  EXPECT_EQ(scrape.Sum("cae_model_load_failures_total"), 1);
  EXPECT_EQ(scrape.Sum("cae_model_ready", {"model=\"bad\""}), 0);
  EXPECT_EQ(scrape.Sum("cae_model_ready", {"model=\"tiny\""}), 1);
}

TEST_F(MetricsTest, TellsThatTheServerDrains) {
  Start({"--drain-lead=3600", "--drain-grace=3600"});
  const auto context = ClientCall();
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  const auto watch = health->Watch(context.get(), grpc::health::v1::HealthCheckRequest());
  grpc::health::v1::HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  server_->Signal(SIGTERM);
  ASSERT_TRUE(watch->Read(&response));  // by then the drain has begun
  const Scrape scrape = Metrics();
  EXPECT_EQ(scrape.Sum("cae_draining"), 1);
  EXPECT_GT(scrape.Sum("cae_drain_seconds"), 0);
}

TEST_F(MetricsTest, PromtoolFindsNothingToComplainAbout) {
  repository_.AddFile("bad/1/model.safetensors", "no model");
  Start();
  EXPECT_TRUE(Encode("tiny", 3).ok());
  SampleAndCancel();
  Metrics();  // the first scrape makes the listener's own series
  const std::string file = repository_.AddFile("scrape.txt", Metrics().text());
  const std::string report = repository_.root() + "/report.txt";
  const int code =
      std::system(absl::StrCat("promtool check metrics <", file, " >", report, " 2>&1").c_str());
  EXPECT_EQ(code, 0);
  EXPECT_EQ(FileContents(report), "");
}

}  // namespace
}  // namespace cae::testing
