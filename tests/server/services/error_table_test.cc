// A walk along the whole error table of docs/api.md, for every rpc of CaeService: what the fault of
// each row is answered with, and that of several faults the one that stands higher is told. Row 1
// needs credentials, which nobody asks for yet. The variety of faults within a row is in
// unary_error_test.cc, sample_error_test.cc and admission_test.cc.
#include <gmock/gmock.h>

#include <cstring>
#include <functional>
#include <limits>
#include <thread>

#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "tests/server/services/any_rpc.h"
#include "tests/server/services/cae_service_fixture.h"
#include "tests/server/services/held_executor.h"
#include "tests/testing/status_matchers.h"

namespace cae::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum absl::StatusCode;

struct Fault {
  int row;  ///< of the error table
  std::function<void(AnyRequest&)> spoil;
  absl::StatusCode code;
  std::string message;      ///< a part of it
  std::string field = "";   ///< of the BadRequest
  std::string reason = "";  ///< of the ErrorInfo
};

/// "limited" version 1 has small limits and a classifier; "headless" has the limits alone.
constexpr ServableLimits kLimits{.max_rows = 4, .max_chains = 3, .max_rank = 3};

/// Five rows made of the tensor's first; bytes that are missing go on missing.
void MakeFiveRows(v1::Tensor& tensor) {
  const std::string data = tensor.data();
  const std::size_t row = static_cast<std::size_t>(4 * tensor.shape(1));
  for (std::int64_t i = tensor.shape(0); i < 5; ++i) tensor.mutable_data()->append(data, 0, row);
  tensor.set_shape(0, 5);
}

void MakeFirstNan(v1::Tensor& tensor) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(tensor.mutable_data()->data(), &kNan, sizeof(kNan));
}

/// Row 4: a parameter that does not fit the model; the method's own.
Fault BadParameter(const std::string& method) {
  if (method == "Encode") {
    return {4, [](AnyRequest& r) { r.encode().set_layer(7); }, kInvalidArgument,
            "layer is 7; model 'limited' v1 has layers 1 to 2", "layer"};
  }
  if (method == "Decode") {
    return {4, [](AnyRequest& r) { r.decode().set_layer(-1); }, kInvalidArgument,
            "layer is -1; model 'limited' v1", "layer"};
  }
  if (method == "Reconstruct") {
    return {
        4,
        [](AnyRequest& r) { r.reconstruct().set_output_data_type(static_cast<v1::DataType>(77)); },
        kInvalidArgument, "output_data_type is 77; allowed are", "output_data_type"};
  }
  if (method == "Tangents") {
    return {4, [](AnyRequest& r) { r.tangents().set_rank(-4); }, kInvalidArgument,
            "rank is -4; model 'limited' v1 takes at least 1", "rank"};
  }
  if (method == "Classify") {
    return {4, [](AnyRequest& r) { r.classify().set_top_k(-1); }, kInvalidArgument,
            "top_k is -1; model '", "top_k"};
  }
  return {4, [](AnyRequest& r) { r.sample().set_draws(-1); }, kInvalidArgument,
          "draws is -1; model '", "draws"};
}

/// One fault of each row from 2 to 7 that the method knows, none of which hides another.
std::vector<Fault> FaultsOf(const std::string& method) {
  const std::string tensor = AnyRequest(method).tensor_field();
  std::vector<Fault> faults = {
      {2, [](AnyRequest& r) { r.model().set_name("three"); }, kNotFound, "model 'three' is unknown",
       "", kReasonModelNotFound},
      {3, [](AnyRequest& r) { r.tensor().mutable_data()->pop_back(); }, kInvalidArgument,
       tensor + ".data has", tensor + ".data"},
      BadParameter(method),
      {5, [](AnyRequest& r) { MakeFiveRows(r.tensor()); }, kOutOfRange, "takes at most 4", "",
       kReasonLimitExceeded},
      {6, [](AnyRequest& r) { MakeFirstNan(r.tensor()); }, kInvalidArgument,
       tensor + "[0, 0] is nan", tensor},
  };
  if (method == "Sample") {
    faults[3].spoil = [](AnyRequest& r) { r.sample().set_chains(4); };
    faults[3].message = "at most 3 fit into a stream: shard the job by first_chain";
  }
  if (method == "Classify" || method == "Sample") {
    faults.push_back({7, [](AnyRequest& r) { r.model().set_name("headless"); }, kFailedPrecondition,
                      "model 'headless' v1 has no classifier", "", kReasonNoClassifier});
  }
  return faults;
}

class ErrorTableTest : public CaeServiceFixture, public ::testing::WithParamInterface<std::string> {
 protected:
  ErrorTableTest() : CaeServiceFixture({.threads = 1}) {
    AddModel("limited", 1, TwoLayers(), kLimits);
    AddModel("headless", 1, OneLayer(), kLimits);
    registry_.SetLoading("loading", 1);
  }

  /// A request that "limited" answers.
  static AnyRequest Good() {
    AnyRequest request(GetParam());
    request.model().set_name("limited");
    const bool decodes = GetParam() == "Decode";
    request.tensor() =
        decodes ? ToTensor(Matrix::Constant(1, kTopUnits, 0.5f)) : ToTensor(Inputs(1));
    if (GetParam() == "Tangents") request.tangents().set_rank(2);
    if (GetParam() != "Sample") return request;
    request.sample().set_draws(1);
    request.sample().set_diagnostics(v1::DIAGNOSTICS_LEVEL_CLASSES);
    return request;
  }

  absl::Status Call(const AnyRequest& request, absl::Duration timeout = absl::Seconds(30)) {
    call_ = ClientCall(timeout);
    return request.Call(*stub_, *call_);
  }

  /// No room for one more row or chain.
  void FillTheServer() {
    held_rows_ = rows_.Reserve(rows_.limit());
    held_chains_ = chains_.Reserve(chains_.limit());
  }

  void ExpectAnswer(const absl::Status& status, const Fault& fault) {
    EXPECT_THAT(status, StatusIs(fault.code, HasSubstr(fault.message))) << "row " << fault.row;
    const auto bad_request = GetBadRequest(status);
    EXPECT_EQ(bad_request.has_value() ? bad_request->field_violations(0).field() : "", fault.field);
    EXPECT_EQ(ReasonOf(status), fault.reason);
    EXPECT_EQ(GetRetryAfter(status).has_value(), fault.row == 8);
    EXPECT_EQ(call_->GetServerTrailingMetadata().count(kPushbackTrailer), fault.row == 8 ? 1u : 0u);
    if (fault.row != 5) return;
    EXPECT_TRUE(GetErrorInfo(status)->metadata().contains("limit"));
    EXPECT_TRUE(GetErrorInfo(status)->metadata().contains("maximum"));
  }

  static Fault ServerFull() {
    return {8,
            [](AnyRequest&) {},
            kResourceExhausted,
            "cannot take 1 more now",
            "",
            GetParam() == "Sample" ? kReasonTooManyChains : kReasonQueueFull};
  }

  std::unique_ptr<grpc::ClientContext> call_;
  std::optional<Budget::Reservation> held_rows_;
  std::optional<Budget::Reservation> held_chains_;
};

INSTANTIATE_TEST_SUITE_P(Rpcs, ErrorTableTest,
                         ::testing::Values("Encode", "Decode", "Reconstruct", "Tangents",
                                           "Classify", "Sample"),
                         [](const auto& method) { return method.param; });

TEST_P(ErrorTableTest, EachFaultHasItsAnswer) {
  ASSERT_THAT(Call(Good()), IsOk());
  for (const Fault& fault : FaultsOf(GetParam())) {
    AnyRequest request = Good();
    fault.spoil(request);
    ExpectAnswer(Call(request), fault);
  }
  FillTheServer();
  ExpectAnswer(Call(Good()), ServerFull());
}

TEST_P(ErrorTableTest, OfSeveralFaultsTheHigherRowIsTold) {
  FillTheServer();
  const std::vector<Fault> faults = FaultsOf(GetParam());
  // All faults at first, then without that of the row just told.
  for (auto told = faults.begin(); told != faults.end(); ++told) {
    AnyRequest request = Good();
    for (auto fault = faults.end(); fault != told; --fault) std::prev(fault)->spoil(request);
    ExpectAnswer(Call(request), *told);
  }
  EXPECT_EQ(rows_.used(), rows_.limit());
  EXPECT_EQ(chains_.used(), chains_.limit());
}

// Rows 4 to 6 cannot be looked at before there is a model, so this fault of row 7 comes early.
TEST_P(ErrorTableTest, AModelThatIsNotReadyIsToldAfterTheTensorThatContradictsItself) {
  FillTheServer();
  const std::vector<Fault> faults = FaultsOf(GetParam());
  AnyRequest request = Good();
  for (const int row : {4, 3}) faults[static_cast<std::size_t>(row - 2)].spoil(request);
  request.model().set_name("loading");
  ExpectAnswer(Call(request), faults[1]);
  request.tensor() = Good().tensor();
  ExpectAnswer(Call(request),
               {7, {}, kFailedPrecondition, "is still being loaded", "", kReasonModelNotReady});
}

TEST_P(ErrorTableTest, ADrainingServerIsUnavailable) {
  in_flight_.Close();
  const std::vector<Fault> faults = FaultsOf(GetParam());
  AnyRequest request = Good();
  faults.back().spoil(request);
  ExpectAnswer(Call(request), faults.back());
  ExpectAnswer(Call(Good()), {8, {}, kUnavailable, "shutting down", "", kReasonDraining});
}

TEST_P(ErrorTableTest, NoStepStartsAfterTheDeadline) {
  HeldExecutor held(executor_);
  EXPECT_THAT(Call(Good(), absl::Milliseconds(200)), StatusIs(kDeadlineExceeded));
  // The server may have learnt of the call a little later, and so counts to a later moment.
  const absl::Time end = absl::Now() + absl::Milliseconds(50);
  while (absl::Now() < end) std::this_thread::yield();
  held.Release();
  LetJobsRun(executor_);
  EXPECT_THAT(observer_.rows(), IsEmpty());
  EXPECT_EQ(observer_.draws(), 0);
  EXPECT_EQ(rows_.used() + chains_.used(), 0);
}

}  // namespace
}  // namespace cae::testing
