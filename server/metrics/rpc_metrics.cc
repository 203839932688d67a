#include "server/metrics/rpc_metrics.h"

#include <google/protobuf/descriptor.h>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"

namespace cae {
namespace {

using google::protobuf::MethodDescriptor;
using prometheus::Labels;

/// 50 µs to 10 s, with an edge on each objective (1 ms, 5 ms, 50 ms, 1 s).
const prometheus::Histogram::BucketBoundaries kHandlingBuckets = {
    5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

constexpr const char* kCodeNames[RpcMetrics::kCodes] = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

const char* TypeName(const MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? "bidi_stream" : "client_stream";
  return method.server_streaming() ? "server_stream" : "unary";
}

}  // namespace

struct RpcMetrics::Families {
  explicit Families(prometheus::Registry& registry)
      : started(prometheus::BuildCounter()
                    .Name("grpc_server_started_total")
                    .Help("RPCs begun on the server.")
                    .Register(registry)),
        handled(prometheus::BuildCounter()
                    .Name("grpc_server_handled_total")
                    .Help("RPCs ended on the server, with the code that it sent.")
                    .Register(registry)),
        received(prometheus::BuildCounter()
                     .Name("grpc_server_msg_received_total")
                     .Help("Messages received from clients.")
                     .Register(registry)),
        sent(prometheus::BuildCounter()
                 .Name("grpc_server_msg_sent_total")
                 .Help("Messages sent to clients.")
                 .Register(registry)),
        seconds(prometheus::BuildHistogram()
                    .Name("grpc_server_handling_seconds")
                    .Help("Time from the beginning of a unary RPC to its status.")
                    .Register(registry)) {}

  Method Add(const Labels& labels, bool unary) {
    Method method;
    method.started = &started.Add(labels);
    method.received = &received.Add(labels);
    method.sent = &sent.Add(labels);
    if (unary) method.seconds = &seconds.Add(labels, kHandlingBuckets);
    for (int code = 0; code < kCodes; ++code) {
      Labels with_code = labels;
      with_code["grpc_code"] = kCodeNames[code];
      method.handled[code] = &handled.Add(with_code);
    }
    return method;
  }

  prometheus::Family<prometheus::Counter>& started;
  prometheus::Family<prometheus::Counter>& handled;
  prometheus::Family<prometheus::Counter>& received;
  prometheus::Family<prometheus::Counter>& sent;
  prometheus::Family<prometheus::Histogram>& seconds;
};

const char* RpcMetrics::CodeName(int code) { return kCodeNames[code]; }

RpcMetrics::RpcMetrics(prometheus::Registry& registry, const std::vector<std::string>& services) {
  Families families(registry);
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    CAE_CHECK(service != nullptr, absl::StrCat("no service ", name, " in this program"));
    for (int i = 0; i < service->method_count(); ++i) {
      const MethodDescriptor& method = *service->method(i);
      const std::string type = TypeName(method);
      methods_[absl::StrCat("/", name, "/", method.name())] = families.Add(
          {{"grpc_type", type}, {"grpc_service", name}, {"grpc_method", method.name()}},
          type == "unary");
    }
  }
  other_ = families.Add(
      {{"grpc_type", "other"}, {"grpc_service", "other"}, {"grpc_method", "other"}}, false);
}

const RpcMetrics::Method& RpcMetrics::Find(absl::string_view full_method) const {
  const auto found = methods_.find(full_method);
  return found == methods_.end() ? other_ : found->second;
}

}  // namespace cae
