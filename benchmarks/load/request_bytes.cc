#include "benchmarks/load/request_bytes.h"

#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cae/v1/cae_service.pb.h"
#include "core/base/status_macros.h"

namespace cae::benchmarks {
namespace {

absl::Status Fill(const UnaryRequest& request, v1::Tensor* tensor) {
  const auto count = static_cast<std::size_t>(request.rows * request.columns);
  std::mt19937 random(7);
  tensor->set_data_type(request.input_type);
  tensor->add_shape(request.rows);
  tensor->add_shape(request.columns);
  if (request.input_type == v1::DATA_TYPE_FLOAT32) {
    std::vector<float> values(count);
    std::uniform_real_distribution<float> pixels(0, 1);
    for (float& value : values) value = pixels(random);
    tensor->set_data(values.data(), count * sizeof(float));
  } else if (request.input_type == v1::DATA_TYPE_UINT8) {
    std::string values(count, '\0');
    for (char& value : values) value = static_cast<char>(random() & 0xFF);
    tensor->set_data(std::move(values));
  } else {
    return absl::InvalidArgumentError("this driver sends FLOAT32 or UINT8 alone");
  }
  return absl::OkStatus();
}

template <typename Message>
grpc::ByteBuffer Serialise(const Message& message) {
  grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

template <typename Message>
absl::StatusOr<grpc::ByteBuffer> WithOutputType(const UnaryRequest& request, Message message) {
  message.mutable_model()->set_name(request.model);
  message.set_output_data_type(request.output_type);
  CAE_RETURN_IF_ERROR(Fill(request, message.mutable_inputs()));
  return Serialise(message);
}

}  // namespace

std::string MethodPath(const UnaryRequest& request) {
  return absl::StrCat("/cae.v1.CaeService/", request.rpc);
}

absl::StatusOr<grpc::ByteBuffer> RequestBytes(const UnaryRequest& request) {
  if (request.rpc == "Encode") return WithOutputType(request, v1::EncodeRequest());
  if (request.rpc == "Reconstruct") return WithOutputType(request, v1::ReconstructRequest());
  if (request.rpc == "Tangents") {
    v1::TangentsRequest message;
    message.set_rank(request.rank);
    return WithOutputType(request, std::move(message));
  }
  if (request.rpc == "Decode") {
    v1::DecodeRequest message;
    message.mutable_model()->set_name(request.model);
    message.set_output_data_type(request.output_type);
    CAE_RETURN_IF_ERROR(Fill(request, message.mutable_codes()));
    return Serialise(message);
  }
  if (request.rpc == "Classify") {
    v1::ClassifyRequest message;
    message.mutable_model()->set_name(request.model);
    CAE_RETURN_IF_ERROR(Fill(request, message.mutable_inputs()));
    return Serialise(message);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "no rpc '", request.rpc, "'; it is Encode, Decode, Reconstruct, Tangents or Classify"));
}

}  // namespace cae::benchmarks
