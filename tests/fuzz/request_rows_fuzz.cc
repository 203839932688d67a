// Any bytes that parse as a request are either refused or answered, by a small model in memory:
// from the checks of the tensor to the answer's. The first byte says which request the others are.
#include <google/protobuf/stubs/logging.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "server/requests/classify_operation.h"
#include "server/requests/decode_operation.h"
#include "server/requests/encode_operation.h"
#include "server/requests/reconstruct_operation.h"
#include "server/requests/sample_planner.h"
#include "server/requests/tangents_operation.h"

namespace cae {
namespace {

constexpr Index kInputs = 3;
constexpr Index kCodes = 2;
constexpr Index kClasses = 2;

DenseParameters Dense(Index inputs, Index outputs, Activation activation) {
  Matrix weight(outputs, inputs);
  for (Index i = 0; i < weight.size(); ++i) {
    weight.data()[i] = static_cast<float>(std::sin(static_cast<double>(i + 1)));
  }
  return {weight, Vector::Constant(outputs, 0.25f), activation};
}

ServableHandle MakeModel() {
  ModelParameters parameters;
  LayerParameters layer;
  layer.encoder = Dense(kInputs, kCodes, Activation::kLogistic);
  layer.decoder_bias = Vector::Zero(kInputs);
  parameters.layers.push_back(layer);
  parameters.classifier.output = Dense(kCodes, kClasses, Activation::kIdentity);
  parameters.start_examples = Matrix::Constant(1, kInputs, 0.5f);
  parameters.card.input_shape = {kInputs};
  parameters.card.class_labels = {"a", "b"};
  auto autoencoder = Autoencoder::Create(std::move(parameters));
  CAE_CHECK(autoencoder.ok(), autoencoder.status().message());
  auto servable = MakeServable(*std::move(autoencoder));
  servable->identity = {"m", 1, "digest", "fingerprint"};
  servable->limits.max_rank = kCodes;
  return servable;
}

const ServableHandle& Model() {
  static const ServableHandle model = MakeModel();
  return model;
}

/// Sends the rows through the kernel as the batcher does: a few at a time, in place where they can
/// be.
absl::Status ComputeRows(UnaryOperation& operation, Workspace& workspace) {
  constexpr Index kTileRows = 3;
  const RowKernel& kernel = operation.kernel();
  Matrix input(kTileRows, kernel.input_columns());
  Matrix output(kTileRows, kernel.output_columns());
  for (Index first = 0; first < operation.rows(); first += kTileRows) {
    const Index rows = std::min(kTileRows, operation.rows() - first);
    const float* given = operation.input_in_place();
    if (given == nullptr) operation.ReadRows(first, MatrixView(input.data(), rows, input.cols()));
    const ConstMatrixView in(given == nullptr ? input.data() : given + first * input.cols(), rows,
                             input.cols());
    float* const place = operation.output_in_place();
    const MatrixView out(place == nullptr ? output.data() : place + first * output.cols(), rows,
                         output.cols());
    CAE_RETURN_IF_ERROR(kernel.Run(in, out, workspace, [] { return absl::OkStatus(); }));
    for (Index i = 0; i < rows; ++i) {
      CAE_RETURN_IF_ERROR(kernel.CheckRow(
          first + i,
          absl::MakeConstSpan(out.data() + i * out.cols(), static_cast<std::size_t>(out.cols()))));
    }
    operation.WriteRows(first, out);
  }
  return operation.FinishAnswer();
}

/// Whatever the request claims, there are no more rows than it has bytes for.
template <typename Operation, typename Request, typename Response>
void Run(absl::string_view bytes) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  Response response;
  Operation operation(request, response);
  if (!operation.CheckTensor().ok() || !operation.CheckAgainst(Model()).ok()) return;
  CAE_CHECK(operation.rows() >= 1 && operation.rows() <= static_cast<Index>(bytes.size()),
            "rows out of nothing");
  if (!operation.CheckContents().ok()) return;
  operation.Prepare();
  Workspace workspace;
  if (!ComputeRows(operation, workspace).ok()) return;
  CAE_CHECK(static_cast<std::int64_t>(response.ByteSizeLong()) <= Model()->limits.max_message_bytes,
            "an answer beyond the limit");
}

void RunSample(absl::string_view bytes) {
  v1::SampleRequest request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return;
  SamplePlanner planner(request);
  if (!planner.CheckItself().ok() || !planner.CheckAgainst(Model()).ok() ||
      !planner.CheckContents().ok()) {
    return;
  }
  CAE_CHECK(planner.chains() >= 1 && planner.chains() <= Model()->limits.max_chains,
            "chains beyond the limit");
  Workspace workspace;
  const SamplePlan plan = planner.ComputeStates(workspace);
  CAE_CHECK(plan.spec.states.rows() == plan.chains && plan.spec.states.cols() == plan.StateUnits(),
            "states of another shape");
}

}  // namespace
}  // namespace cae

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // protobuf complains on stderr of strings that are no UTF-8.
  [[maybe_unused]] static const auto loud = google::protobuf::SetLogHandler(nullptr);
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0]) {
    case 'E':
      cae::Run<cae::EncodeOperation, cae::v1::EncodeRequest, cae::v1::EncodeResponse>(bytes);
      break;
    case 'D':
      cae::Run<cae::DecodeOperation, cae::v1::DecodeRequest, cae::v1::DecodeResponse>(bytes);
      break;
    case 'R':
      cae::Run<cae::ReconstructOperation, cae::v1::ReconstructRequest,
               cae::v1::ReconstructResponse>(bytes);
      break;
    case 'T':
      cae::Run<cae::TangentsOperation, cae::v1::TangentsRequest, cae::v1::TangentsResponse>(bytes);
      break;
    case 'C':
      cae::Run<cae::ClassifyOperation, cae::v1::ClassifyRequest, cae::v1::ClassifyResponse>(bytes);
      break;
    default:
      cae::RunSample(bytes);
  }
  return 0;
}
