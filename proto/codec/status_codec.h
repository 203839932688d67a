// Where absl::Status meets grpc::Status: the only such place. Details travel as google.rpc
// messages, inside as payloads of absl::Status, on the wire as google.rpc.Status in
// grpc::Status::error_details (AIP 193), so that stock clients of every language can read them.
//
//   return WithErrorInfo(absl::NotFoundError("no model 'x'"), kReasonModelNotFound,
//                        {{"model", "x"}});
//
// All functions are pure and thread-safe.
#ifndef CAE_PROTO_CODEC_STATUS_CODEC_H_
#define CAE_PROTO_CODEC_STATUS_CODEC_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"

namespace cae {

/// The trailer by which stock gRPC clients let a server time their retries (gRFC A6).
inline constexpr char kPushbackTrailer[] = "grpc-retry-pushback-ms";

/// `status` with a google.rpc.ErrorInfo of domain "cae.v1"; it replaces an earlier one. `reason` is
/// one of error_reasons.h. OK stays OK, here and below: a detail belongs to an error.
absl::Status WithErrorInfo(absl::Status status, absl::string_view reason,
                           const std::map<std::string, std::string>& metadata = {});

/// `status` with one more violation in its google.rpc.BadRequest. `field_path` leads from the
/// request to the field, "inputs.shape"; an empty `description` stands for the status's message.
absl::Status WithBadField(absl::Status status, absl::string_view field_path,
                          absl::string_view description = "");

/// `status` with a google.rpc.RetryInfo; it replaces an earlier one. Negative delays count as 0.
absl::Status WithRetryAfter(absl::Status status, absl::Duration delay);

/// The details of a status; nullopt where it has none of that kind (or one that does not parse).
std::optional<google::rpc::ErrorInfo> GetErrorInfo(const absl::Status& status);
std::optional<google::rpc::BadRequest> GetBadRequest(const absl::Status& status);
std::optional<absl::Duration> GetRetryAfter(const absl::Status& status);

/// Value of the kPushbackTrailer that belongs to a refusal: its RetryInfo in milliseconds, rounded
/// up. nullopt where the status has no RetryInfo, so that the trailer must not be sent.
std::optional<std::int32_t> PushbackMilliseconds(const absl::Status& status);

/// For the wire. A message beyond 1 KiB is cut and details that would not fit beside it are left
/// out: all of it must fit into the 8 KiB of trailers that stock clients accept.
grpc::Status ToGrpcStatus(const absl::Status& status);

/// From the wire. Details that do not parse, or belong to another code, are ignored; a code that
/// gRPC does not know becomes UNKNOWN.
absl::Status FromGrpcStatus(const grpc::Status& status);

}  // namespace cae

#endif  // CAE_PROTO_CODEC_STATUS_CODEC_H_
