#include "proto/codec/status_codec.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/status.pb.h"
#include "proto/codec/error_reasons.h"

namespace cae {
namespace {

constexpr char kTypeUrlPrefix[] = "type.googleapis.com/";
// Percent-encoding may triple the message, base64 adds a third to the details, and the message
// stands in both: 3 KiB + 4 KiB stay below 8 KiB with room for the trailers of others.
constexpr std::size_t kMaxMessageBytes = 1024;
constexpr std::size_t kMaxDetailsBytes = 3072;
// The range of google.protobuf.Duration: 10,000 years.
constexpr absl::Duration kMaxDelay = absl::Seconds(315'576'000'000);

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypeUrlPrefix, Detail::descriptor()->full_name());
}

template <typename Detail>
void SetDetail(const Detail& detail, absl::Status& status) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& status) {
  const auto payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

/// At most kMaxMessageBytes of `message`, not cut within a UTF-8 character.
std::string Shortened(absl::string_view message) {
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  constexpr absl::string_view kEllipsis = "...";
  std::size_t size = kMaxMessageBytes - kEllipsis.size();
  while (size > 0 && (static_cast<unsigned char>(message[size]) & 0xC0) == 0x80) --size;
  return absl::StrCat(message.substr(0, size), kEllipsis);
}

}  // namespace

absl::Status WithErrorInfo(absl::Status status, absl::string_view reason,
                           const std::map<std::string, std::string>& metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(kErrorDomain);
  info.mutable_metadata()->insert(metadata.begin(), metadata.end());
  SetDetail(info, status);
  return status;
}

absl::Status WithBadField(absl::Status status, absl::string_view field_path,
                          absl::string_view description) {
  google::rpc::BadRequest request =
      GetBadRequest(status).value_or(google::rpc::BadRequest::default_instance());
  auto& violation = *request.add_field_violations();
  violation.set_field(std::string(field_path));
  violation.set_description(std::string(description.empty() ? status.message() : description));
  SetDetail(request, status);
  return status;
}

absl::Status WithRetryAfter(absl::Status status, absl::Duration delay) {
  delay = std::clamp(delay, absl::ZeroDuration(), kMaxDelay);
  google::rpc::RetryInfo info;
  auto& retry_delay = *info.mutable_retry_delay();
  retry_delay.set_seconds(absl::IDivDuration(delay, absl::Seconds(1), &delay));
  retry_delay.set_nanos(static_cast<std::int32_t>(absl::ToInt64Nanoseconds(delay)));
  SetDetail(info, status);
  return status;
}

std::optional<google::rpc::ErrorInfo> GetErrorInfo(const absl::Status& status) {
  return GetDetail<google::rpc::ErrorInfo>(status);
}

std::optional<google::rpc::BadRequest> GetBadRequest(const absl::Status& status) {
  return GetDetail<google::rpc::BadRequest>(status);
}

std::optional<absl::Duration> GetRetryAfter(const absl::Status& status) {
  const auto info = GetDetail<google::rpc::RetryInfo>(status);
  if (!info.has_value()) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

std::optional<std::int32_t> PushbackMilliseconds(const absl::Status& status) {
  const auto delay = GetRetryAfter(status);
  if (!delay.has_value()) return std::nullopt;
  const auto milliseconds = absl::ToInt64Milliseconds(absl::Ceil(*delay, absl::Milliseconds(1)));
  // Stock clients read the trailer as a 32-bit number; a negative one would forbid the retry.
  constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(milliseconds, 0, kMax));
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(Shortened(status.message()));
  status.ForEachPayload([&details](absl::string_view type_url, const absl::Cord& payload) {
    auto& detail = *details.add_details();
    detail.set_type_url(std::string(type_url));
    detail.set_value(std::string(payload));
    if (details.ByteSizeLong() > kMaxDetailsBytes) details.mutable_details()->RemoveLast();
  });
  // Without details there is nothing to say that code and message do not say already.
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), details.message(),
                      details.details().empty() ? "" : details.SerializeAsString());
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const bool known = status.error_code() > grpc::StatusCode::OK &&
                     status.error_code() <= grpc::StatusCode::UNAUTHENTICATED;
  absl::Status result(
      known ? static_cast<absl::StatusCode>(status.error_code()) : absl::StatusCode::kUnknown,
      status.error_message());
  google::rpc::Status details;
  if (details.ParseFromString(status.error_details()) && details.code() == status.error_code()) {
    for (const auto& detail : details.details()) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  return result;
}

}  // namespace cae
