#include "client/commands/failure.h"

#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "proto/codec/error_reasons.h"
#include "proto/codec/status_codec.h"

namespace cae {
namespace {

constexpr char kOriginPayload[] = "cae.client/origin";
constexpr char kLocal[] = "local";
constexpr char kUsage[] = "usage";
constexpr int kExitLocal = 1;
constexpr int kExitUsage = 2;
constexpr int kExitFirstGrpc = 10;

absl::Status WithOrigin(absl::Status status, const char* origin) {
  if (!status.ok() && !status.GetPayload(kOriginPayload).has_value()) {
    status.SetPayload(kOriginPayload, absl::Cord(origin));
  }
  return status;
}

std::string AdviceForReason(absl::string_view reason) {
  if (reason == kReasonModelNotFound) return "`cae models` lists the models that the server has";
  if (reason == kReasonModelNotReady) return "`cae models` tells the state of each model";
  if (reason == kReasonNoClassifier) return "`cae models` tells which models have a classifier";
  if (reason == kReasonLimitExceeded) return "`cae models NAME` tells the limits of a model";
  if (reason == kReasonNotRepresentable) return "ask for numbers that fit: --output-type float32";
  if (reason == kReasonResumeMismatch) {
    return "the file of --state belongs to another run; leave out what differs, or name a new file";
  }
  if (reason == kReasonDeadlineTooShort) return "allow more time with --timeout";
  return "";
}

std::string Advice(const absl::Status& status, absl::string_view server) {
  const std::optional<google::rpc::ErrorInfo> info = GetErrorInfo(status);
  if (info.has_value()) {
    if (std::string advice = AdviceForReason(info->reason()); !advice.empty()) return advice;
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      if (info.has_value()) return "the server is going down or busy; try again later";
      return absl::StrCat("no answer from ", server,
                          ": is cae-server running? start it with `make ",
                          "serve`, or name another one with --server");
    case absl::StatusCode::kDeadlineExceeded:
      return absl::StrCat(server, " did not answer in time; allow more with --timeout");
    case absl::StatusCode::kResourceExhausted:
      return "the server is busy; try again later, or with fewer rows or chains at a time";
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return "name the file with your bearer token with --token-file";
    case absl::StatusCode::kUnimplemented:
      return absl::StrCat("is it a cae-server of this version that listens at ", server, "?");
    default:
      return "";
  }
}

}  // namespace

absl::Status Local(absl::Status status) { return WithOrigin(std::move(status), kLocal); }

absl::Status UsageFailure(absl::string_view message) {
  return WithOrigin(absl::InvalidArgumentError(message), kUsage);
}

int ExitCode(const absl::Status& status) {
  if (status.ok()) return 0;
  const auto origin = status.GetPayload(kOriginPayload);
  if (!origin.has_value()) return kExitFirstGrpc + static_cast<int>(status.code());
  return *origin == kUsage ? kExitUsage : kExitLocal;
}

std::string DescribeFailure(const absl::Status& status, absl::string_view server) {
  if (status.GetPayload(kOriginPayload).has_value()) {
    return absl::StrCat("cae: ", status.message(), "\n");
  }
  std::string text =
      absl::StrCat("cae: ", absl::StatusCodeToString(status.code()), ": ", status.message(), "\n");
  const std::string advice = Advice(status, server);
  if (!advice.empty()) absl::StrAppend(&text, "     ", advice, "\n");
  return text;
}

}  // namespace cae
