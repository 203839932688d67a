#include "server/services/model_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"
#include "server/requests/model_messages.h"
#include "server/services/model_card_message.h"
#include "server/services/page_token.h"

namespace cae {
namespace {

constexpr std::size_t kDefaultPageSize = 50;
constexpr std::size_t kLargestPageSize = 1000;
/// A page ends with the model that brings it beyond this, well below the 4 MiB that stock clients
/// take.
constexpr std::size_t kFullPageBytes = 1 << 20;

absl::StatusOr<std::size_t> PageSize(std::int32_t wanted) {
  if (wanted < 0) {
    return WithBadField(
        absl::InvalidArgumentError(absl::StrCat("page_size is ", wanted, "; it may be 0 (for ",
                                                kDefaultPageSize, ") or more")),
        "page_size");
  }
  if (wanted == 0) return kDefaultPageSize;
  return std::min(static_cast<std::size_t>(wanted), kLargestPageSize);
}

absl::Status ListPage(const Registry& registry, const v1::ListModelsRequest& request,
                      v1::ListModelsResponse& response) {
  CAE_ASSIGN_OR_RETURN(const std::size_t page_size, PageSize(request.page_size()));
  PagePosition after;  // before every model
  if (!request.page_token().empty()) {
    absl::StatusOr<PagePosition> parsed = ParsePageToken(request.page_token());
    if (!parsed.ok()) return WithBadField(parsed.status(), "page_token");
    after = *std::move(parsed);
  }
  const std::vector<VersionStatus> versions = registry.List();
  const auto first =
      std::find_if(versions.begin(), versions.end(), [&after](const VersionStatus& version) {
        return PagePosition{version.name, version.version} > after;
      });
  std::size_t bytes = 0;
  auto next = first;
  for (std::size_t i = 0; i < page_size && next != versions.end() && bytes < kFullPageBytes; ++i) {
    v1::Model& model = *response.add_models();
    model = ToModelMessage(*next++);
    bytes += model.ByteSizeLong();
  }
  if (next != versions.end()) {
    response.set_next_page_token(MakePageToken({std::prev(next)->name, std::prev(next)->version}));
  }
  return absl::OkStatus();
}

absl::Status DescribeModel(const Registry& registry, const v1::GetModelRequest& request,
                           v1::GetModelResponse& response) {
  absl::StatusOr<VersionStatus> version = registry.Status(ToVersionChoice(request.model()));
  // The registry knows no other error here than NOT_FOUND.
  if (!version.ok()) return WithErrorInfo(version.status(), kReasonModelNotFound);
  *response.mutable_model() = ToModelMessage(*version);
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* Finished(grpc::CallbackServerContext* context,
                                   const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

}  // namespace

grpc::ServerUnaryReactor* ModelService::ListModels(grpc::CallbackServerContext* context,
                                                   const v1::ListModelsRequest* request,
                                                   v1::ListModelsResponse* response) {
  return Finished(context, ListPage(registry_, *request, *response));
}

grpc::ServerUnaryReactor* ModelService::GetModel(grpc::CallbackServerContext* context,
                                                 const v1::GetModelRequest* request,
                                                 v1::GetModelResponse* response) {
  return Finished(context, DescribeModel(registry_, *request, *response));
}

}  // namespace cae
