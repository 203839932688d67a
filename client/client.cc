#include "client/client.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/answer_tensor.h"
#include "client/batch_runner.h"
#include "client/channel.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

constexpr std::int64_t kFloatBytes = sizeof(float);

/// Where the rows of one part belong in the result.
struct Part {
  Index first;
  Index count;
  Index total;
};

/// Copies what belongs to the rows of a part, `per_row` rows of the answer each, into the result.
absl::Status Store(const v1::Tensor& tensor, absl::string_view field, absl::Span<const Index> shape,
                   const Part& part, Index per_row, Matrix* result) {
  CAE_ASSIGN_OR_RETURN(Matrix rows, ReadAnswer(tensor, field, shape));
  if (part.first == 0) result->resize(part.total * per_row, rows.cols());
  if (rows.cols() != result->cols()) {
    return absl::InternalError(absl::StrCat("the server's answer is broken: ", field, " has ",
                                            rows.cols(), " columns, ", result->cols(),
                                            " in the answer before"));
  }
  result->middleRows(part.first * per_row, part.count * per_row) = rows;
  return absl::OkStatus();
}

absl::Status StoreVector(const v1::Tensor& tensor, absl::string_view field, const Part& part,
                         Vector* result) {
  CAE_ASSIGN_OR_RETURN(const Vector numbers, ReadAnswerVector(tensor, field, part.count));
  if (part.first == 0) result->resize(part.total);
  result->segment(part.first, part.count) = numbers;
  return absl::OkStatus();
}

absl::Status StoreClasses(const v1::ClassifyResponse& response, const Part& part,
                          ClassifyResult* result) {
  if (response.results_size() != part.count) {
    return absl::InternalError(absl::StrCat("the server's answer is broken: classes of ",
                                            response.results_size(), " rows for ", part.count,
                                            " inputs"));
  }
  for (const v1::Classification& classification : response.results()) {
    if (classification.classes().empty()) {
      return absl::InternalError("the server's answer is broken: a row without any class");
    }
    std::vector<ClassScore>& scores = result->results.emplace_back();
    for (const v1::ClassScore& score : classification.classes()) {
      scores.push_back({score.index(), score.label(), score.probability()});
    }
  }
  return absl::OkStatus();
}

/// Bytes of one row of a ClassifyResponse, rather too many.
std::int64_t ClassificationBytes(const v1::Model& card, const ClassifyOptions& options) {
  const std::int64_t classes = card.class_labels_size();
  const std::int64_t sent =
      options.top_k > 0 ? std::min<std::int64_t>(options.top_k, classes) : classes;
  std::size_t longest_label = 0;
  for (const std::string& label : card.class_labels()) {
    longest_label = std::max(longest_label, label.size());
  }
  const auto score_bytes = static_cast<std::int64_t>(longest_label) + 32;
  return 16 + sent * score_bytes + (options.include_logits ? classes * kFloatBytes : 0);
}

}  // namespace

absl::StatusOr<Client> Client::Connect(const ClientOptions& options) {
  CAE_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, MakeChannel(options));
  return Client(
      MakeConnection(MakeStub(std::move(channel), options.bearer_token), options.connection));
}

Client::Client(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)), batches_(std::make_shared<BatchRunner>(connection_)) {}

absl::StatusOr<EncodeResult> Client::Encode(const ModelReference& model, const InputRows& inputs,
                                            const EncodeOptions& options) {
  EncodeResult result;
  const auto cost = [&](const v1::Model& card) {
    return RowCost{inputs.row_bytes(),
                   ElementBytes(options.output_data_type) * LayerUnits(card, options.layer)};
  };
  const auto send = [&](const v1::ModelSelector& selector, Index first,
                        Index count) -> absl::StatusOr<v1::ModelIdentity> {
    v1::EncodeRequest request;
    *request.mutable_model() = selector;
    inputs.Write(first, count, request.mutable_inputs());
    request.set_layer(options.layer);
    request.set_output_data_type(options.output_data_type);
    request.set_allow_out_of_range(options.allow_out_of_range);
    CAE_ASSIGN_OR_RETURN(const v1::EncodeResponse response, connection_->Encode(request));
    CAE_RETURN_IF_ERROR(Store(response.codes(), "codes", {count, kAnySize},
                              {first, count, inputs.rows()}, 1, &result.codes));
    return response.model();
  };
  CAE_ASSIGN_OR_RETURN(result.model,
                       batches_->Run(model, inputs.rows(), cost, send, options.progress));
  return result;
}

absl::StatusOr<DecodeResult> Client::Decode(const ModelReference& model, const InputRows& codes,
                                            const DecodeOptions& options) {
  DecodeResult result;
  const auto cost = [&](const v1::Model& card) {
    return RowCost{codes.row_bytes(), ElementBytes(options.output_data_type) * card.input_units()};
  };
  const auto send = [&](const v1::ModelSelector& selector, Index first,
                        Index count) -> absl::StatusOr<v1::ModelIdentity> {
    v1::DecodeRequest request;
    *request.mutable_model() = selector;
    codes.Write(first, count, request.mutable_codes());
    request.set_layer(options.layer);
    request.set_output_data_type(options.output_data_type);
    CAE_ASSIGN_OR_RETURN(const v1::DecodeResponse response, connection_->Decode(request));
    CAE_RETURN_IF_ERROR(Store(response.outputs(), "outputs", {count, kAnySize},
                              {first, count, codes.rows()}, 1, &result.outputs));
    return response.model();
  };
  CAE_ASSIGN_OR_RETURN(result.model,
                       batches_->Run(model, codes.rows(), cost, send, options.progress));
  return result;
}

absl::StatusOr<ReconstructResult> Client::Reconstruct(const ModelReference& model,
                                                      const InputRows& inputs,
                                                      const ReconstructOptions& options) {
  ReconstructResult result;
  const auto cost = [&](const v1::Model& card) {
    return RowCost{inputs.row_bytes(),
                   ElementBytes(options.output_data_type) * card.input_units() + 2 * kFloatBytes};
  };
  const auto send = [&](const v1::ModelSelector& selector, Index first,
                        Index count) -> absl::StatusOr<v1::ModelIdentity> {
    v1::ReconstructRequest request;
    *request.mutable_model() = selector;
    inputs.Write(first, count, request.mutable_inputs());
    request.set_include_contractions(options.include_contractions);
    request.set_output_data_type(options.output_data_type);
    request.set_allow_out_of_range(options.allow_out_of_range);
    CAE_ASSIGN_OR_RETURN(const v1::ReconstructResponse response, connection_->Reconstruct(request));
    const Part part{first, count, inputs.rows()};
    CAE_RETURN_IF_ERROR(
        Store(response.outputs(), "outputs", {count, inputs.cols()}, part, 1, &result.outputs));
    CAE_RETURN_IF_ERROR(StoreVector(response.losses(), "losses", part, &result.losses));
    if (options.include_contractions) {
      CAE_RETURN_IF_ERROR(
          StoreVector(response.contractions(), "contractions", part, &result.contractions));
    }
    return response.model();
  };
  CAE_ASSIGN_OR_RETURN(result.model,
                       batches_->Run(model, inputs.rows(), cost, send, options.progress));
  return result;
}

namespace {

v1::TangentsRequest MakeTangentsRequest(const v1::ModelSelector& selector,
                                        const TangentsOptions& options) {
  v1::TangentsRequest request;
  *request.mutable_model() = selector;
  request.set_rank(options.rank);
  request.set_layer(options.layer);
  request.set_include_code_directions(options.include_code_directions);
  request.set_include_contractions(options.include_contractions);
  request.set_tolerance(options.tolerance);
  request.set_output_data_type(options.output_data_type);
  request.set_allow_out_of_range(options.allow_out_of_range);
  return request;
}

absl::Status StoreTangents(const v1::TangentsResponse& response, const TangentsOptions& options,
                           Index input_units, const Part& part, TangentsResult* result) {
  const Index rank = options.rank;
  CAE_RETURN_IF_ERROR(Store(response.singular_values(), "singular_values", {part.count, rank}, part,
                            1, &result->singular_values));
  CAE_RETURN_IF_ERROR(Store(response.directions(), "directions", {part.count, rank, input_units},
                            part, rank, &result->directions));
  CAE_RETURN_IF_ERROR(
      Store(response.residuals(), "residuals", {part.count, rank}, part, 1, &result->residuals));
  if (options.include_code_directions) {
    CAE_RETURN_IF_ERROR(Store(response.code_directions(), "code_directions",
                              {part.count, rank, kAnySize}, part, rank, &result->code_directions));
  }
  if (options.include_contractions) {
    CAE_RETURN_IF_ERROR(
        StoreVector(response.contractions(), "contractions", part, &result->contractions));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TangentsResult> Client::Tangents(const ModelReference& model,
                                                const InputRows& inputs,
                                                const TangentsOptions& options) {
  TangentsResult result;
  const auto cost = [&](const v1::Model& card) {
    const std::int64_t code = options.include_code_directions ? LayerUnits(card, options.layer) : 0;
    return RowCost{inputs.row_bytes(), options.rank * (ElementBytes(options.output_data_type) *
                                                           (card.input_units() + code) +
                                                       2 * kFloatBytes) +
                                           kFloatBytes};
  };
  const auto send = [&](const v1::ModelSelector& selector, Index first,
                        Index count) -> absl::StatusOr<v1::ModelIdentity> {
    v1::TangentsRequest request = MakeTangentsRequest(selector, options);
    inputs.Write(first, count, request.mutable_inputs());
    CAE_ASSIGN_OR_RETURN(const v1::TangentsResponse response, connection_->Tangents(request));
    CAE_RETURN_IF_ERROR(
        StoreTangents(response, options, inputs.cols(), {first, count, inputs.rows()}, &result));
    return response.model();
  };
  CAE_ASSIGN_OR_RETURN(result.model,
                       batches_->Run(model, inputs.rows(), cost, send, options.progress));
  return result;
}

absl::StatusOr<ClassifyResult> Client::Classify(const ModelReference& model,
                                                const InputRows& inputs,
                                                const ClassifyOptions& options) {
  ClassifyResult result;
  const auto cost = [&](const v1::Model& card) {
    return RowCost{inputs.row_bytes(), ClassificationBytes(card, options)};
  };
  const auto send = [&](const v1::ModelSelector& selector, Index first,
                        Index count) -> absl::StatusOr<v1::ModelIdentity> {
    v1::ClassifyRequest request;
    *request.mutable_model() = selector;
    inputs.Write(first, count, request.mutable_inputs());
    request.set_top_k(options.top_k);
    request.set_include_logits(options.include_logits);
    request.set_allow_out_of_range(options.allow_out_of_range);
    CAE_ASSIGN_OR_RETURN(const v1::ClassifyResponse response, connection_->Classify(request));
    const Part part{first, count, inputs.rows()};
    CAE_RETURN_IF_ERROR(StoreClasses(response, part, &result));
    if (options.include_logits) {
      CAE_RETURN_IF_ERROR(
          Store(response.logits(), "logits", {count, kAnySize}, part, 1, &result.logits));
    }
    return response.model();
  };
  CAE_ASSIGN_OR_RETURN(result.model,
                       batches_->Run(model, inputs.rows(), cost, send, options.progress));
  return result;
}

SampleStream Client::Sample(const ModelReference& model, const SampleOptions& options) {
  v1::SampleRequest request;
  *request.mutable_model() = model.ToSelector();
  if (!options.resume_from.has_value() || options.chains != 1) request.set_chains(options.chains);
  if (!options.resume_from.has_value() || options.thinning != 1) {
    request.set_thinning(options.thinning);
  }
  request.set_draws(options.draws);
  request.set_burn_in(options.burn_in);
  if (options.noise_stddev.has_value()) request.set_noise_stddev(*options.noise_stddev);
  if (options.rank.has_value()) request.set_rank(*options.rank);
  request.set_process(options.process);
  if (options.seed.has_value()) request.set_seed(*options.seed);
  request.set_first_chain(options.first_chain);
  if (options.initial_inputs.has_value()) {
    options.initial_inputs->Write(0, options.initial_inputs->rows(),
                                  request.mutable_initial_inputs());
  }
  request.set_output_data_type(options.output_data_type);
  request.set_include_codes(options.include_codes);
  request.set_draws_per_message(options.draws_per_message);
  request.set_state_interval(options.state_interval);
  request.set_diagnostics(options.diagnostics);
  if (options.resume_from.has_value()) *request.mutable_resume_from() = *options.resume_from;
  request.set_allow_out_of_range(options.allow_out_of_range);
  return Sample(request, options.timeout);
}

SampleStream Client::Sample(const v1::SampleRequest& request, absl::Duration timeout) {
  return SampleStream(connection_->Sample(request, timeout), request);
}

absl::StatusOr<std::vector<v1::Model>> Client::ListModels() {
  std::vector<v1::Model> models;
  v1::ListModelsRequest request;
  do {
    CAE_ASSIGN_OR_RETURN(v1::ListModelsResponse response, connection_->ListModels(request));
    for (v1::Model& model : *response.mutable_models()) models.push_back(std::move(model));
    if (!response.next_page_token().empty() && response.next_page_token() == request.page_token()) {
      return absl::InternalError("the server's answer is broken: a page that leads to itself");
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return models;
}

absl::StatusOr<v1::Model> Client::GetModel(const ModelReference& model) {
  v1::GetModelRequest request;
  *request.mutable_model() = model.ToSelector();
  CAE_ASSIGN_OR_RETURN(v1::GetModelResponse response, connection_->GetModel(request));
  return std::move(*response.mutable_model());
}

absl::StatusOr<grpc::health::v1::HealthCheckResponse::ServingStatus> Client::CheckHealth(
    absl::string_view name) {
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(std::string(name));
  CAE_ASSIGN_OR_RETURN(const grpc::health::v1::HealthCheckResponse response,
                       connection_->CheckHealth(request));
  return response.status();
}

}  // namespace cae
