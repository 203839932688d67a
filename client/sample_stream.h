// SampleStream: the draws of some chains, pulled one message at a time.
//
//   CAE_ASSIGN_OR_RETURN(SampleStream stream, client.Sample(model, {.chains = 8, .draws = 1000}));
//   for (;;) {
//     CAE_ASSIGN_OR_RETURN(const std::optional<SampleBatch> batch, stream.Next());
//     if (!batch.has_value()) break;
//     Use(*batch);
//   }
#ifndef CAE_CLIENT_SAMPLE_STREAM_H_
#define CAE_CLIENT_SAMPLE_STREAM_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "client/operations.h"
#include "client/stub.h"

namespace cae {

/// A reader that does not pull parks its chains on the server. Destroying the stream cancels it.
/// Thread-compatible, but Cancel may come from any thread.
class SampleStream {
 public:
  /// Hears of each message before it is taken apart; an error ends the stream with it.
  using MessageObserver = std::function<absl::Status(const v1::SampleResponse&)>;

  /// `request` is what was sent.
  explicit SampleStream(std::unique_ptr<SampleReader> reader, v1::SampleRequest request = {})
      : reader_(std::move(reader)), request_(std::move(request)) {}

  const v1::SampleRequest& request() const { return request_; }

  /// To be called before the first Next.
  void Observe(MessageObserver observer) { observer_ = std::move(observer); }

  /// Waits for the next draws; nullopt after the last. After an error it says the same error again.
  absl::StatusOr<std::optional<SampleBatch>> Next();

  /// What the chains really run with, the effective seed included; set from the first Next on.
  const std::optional<v1::SampleHeader>& header() const { return header_; }

  void Cancel() { reader_->Cancel(); }

 private:
  std::unique_ptr<SampleReader> reader_;
  v1::SampleRequest request_;
  MessageObserver observer_;
  std::optional<v1::SampleHeader> header_;
};

}  // namespace cae

#endif  // CAE_CLIENT_SAMPLE_STREAM_H_
