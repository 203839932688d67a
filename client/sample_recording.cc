#include "client/sample_recording.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/record_file.h"
#include "core/base/check.h"
#include "core/base/status_macros.h"
#include "proto/codec/tensor_check.h"

namespace cae {
namespace {

// Beyond every run, and far from where sums overflow.
constexpr std::int64_t kMaxDraw = std::int64_t{1} << 62;

template <typename Message>
absl::Status ParseRecord(const RecordFileReader& reader, absl::string_view payload,
                         absl::string_view what, Message* message) {
  if (message->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return absl::OkStatus();
  }
  return absl::DataLossError(
      absl::StrCat("record ", reader.number(), " at byte ", reader.offset(), " is no ", what));
}

/// The next record, which must be there.
template <typename Message>
absl::Status ReadRecord(RecordFileReader& reader, absl::string_view what, Message* message) {
  CAE_ASSIGN_OR_RETURN(const std::optional<absl::string_view> payload, reader.Next());
  if (!payload.has_value()) {
    return absl::DataLossError(absl::StrCat("the recording ends before its ", what));
  }
  return ParseRecord(reader, *payload, what, message);
}

/// Follows a stream message by message and refuses what no server of ours sends, so that the sum
/// of what was counted bounds what a reader will allocate.
class StreamCheck {
 public:
  explicit StreamCheck(const v1::SampleRequest& request)
      : first_draw_(request.resume_from().draws_done()) {}

  std::int64_t draws() const { return draws_; }
  const std::optional<v1::SampleHeader>& header() const { return header_; }

  absl::Status Take(const v1::SampleResponse& response) {
    if (response.has_header()) {
      if (header_.has_value()) return absl::DataLossError("has a second header");
      if (response.header().chains() < 1) return absl::DataLossError("has a header without chains");
      header_ = response.header();
    }
    if (!header_.has_value()) return absl::DataLossError("comes before the header");
    if (!response.has_samples()) {
      return response.has_codes() ? absl::DataLossError("has codes without samples")
                                  : absl::OkStatus();
    }
    CAE_RETURN_IF_ERROR(CheckDraws(response.samples(), "samples", &sample_units_));
    const std::int64_t draws = response.samples().shape(0);
    if (response.has_codes()) {
      CAE_RETURN_IF_ERROR(CheckDraws(response.codes(), "codes", &code_units_));
      if (response.codes().shape(0) != draws) {
        return absl::DataLossError("has not as many codes as samples");
      }
    }
    if (draws_ > 0 && response.has_codes() != has_codes_) {
      return absl::DataLossError("has codes where others have none, or none where they have");
    }
    has_codes_ = response.has_codes();
    if (first_draw_ < 0 || first_draw_ > kMaxDraw ||
        response.first_draw() != first_draw_ + draws_) {
      return absl::DataLossError(absl::StrCat("begins with draw ", response.first_draw(),
                                              " where draw ", first_draw_ + draws_,
                                              " should come"));
    }
    draws_ += draws;
    return absl::OkStatus();
  }

 private:
  absl::Status CheckDraws(const v1::Tensor& tensor, absl::string_view field, std::int64_t* units) {
    if (absl::Status check = CheckTensor(tensor, field); !check.ok()) {
      return absl::DataLossError(absl::StrCat("contradicts itself: ", check.message()));
    }
    if (tensor.shape_size() != 3 || tensor.shape(1) != header_->chains() ||
        (*units > 0 && tensor.shape(2) != *units)) {
      return absl::DataLossError(absl::StrCat("has ", field, " of another shape than before"));
    }
    *units = tensor.shape(2);
    return absl::OkStatus();
  }

  const std::int64_t first_draw_;
  std::int64_t draws_ = 0;
  std::int64_t sample_units_ = 0;
  std::int64_t code_units_ = 0;
  bool has_codes_ = false;
  std::optional<v1::SampleHeader> header_;
};

/// Plays the first `count` responses.
class RecordedReader final : public SampleReader {
 public:
  RecordedReader(RecordFileReader reader, std::int64_t count)
      : reader_(reader), remaining_(count) {}

  absl::StatusOr<std::optional<v1::SampleResponse>> Read() override {
    if (remaining_ == 0) return std::nullopt;
    v1::SampleResponse response;
    CAE_RETURN_IF_ERROR(ReadRecord(reader_, "SampleResponse", &response));
    --remaining_;
    return response;
  }

  void Cancel() override {}  // nothing to wait for

 private:
  RecordFileReader reader_;
  std::int64_t remaining_;
};

}  // namespace

absl::StatusOr<SampleRecorder> SampleRecorder::Create(const std::string& path,
                                                      const v1::Model& card,
                                                      const v1::SampleRequest& request) {
  CAE_ASSIGN_OR_RETURN(AppendFile file, AppendFile::Create(path));
  CAE_RETURN_IF_ERROR(file.Append(absl::StrCat(RecordFileHeader(RecordFileKind::kSampleStream),
                                               FrameRecord(card.SerializeAsString()),
                                               FrameRecord(request.SerializeAsString()))));
  return SampleRecorder(std::move(file));
}

absl::Status SampleRecorder::Append(const v1::SampleResponse& response) {
  return file_.Append(FrameRecord(response.SerializeAsString()));
}

absl::Status SampleRecorder::Finish() {
  CAE_RETURN_IF_ERROR(file_.Append(RecordFileEnd()));
  return file_.Close();
}

absl::StatusOr<SampleRecording> SampleRecording::Open(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(RecordFileReader reader,
                       RecordFileReader::Open(bytes, RecordFileKind::kSampleStream));
  SampleRecording recording(bytes);
  CAE_RETURN_IF_ERROR(ReadRecord(reader, "model card", &recording.card_));
  CAE_RETURN_IF_ERROR(ReadRecord(reader, "SampleRequest", &recording.request_));
  StreamCheck check(recording.request_);
  absl::Status& damage = recording.extent_.damage;
  for (;;) {
    const absl::StatusOr<std::optional<absl::string_view>> payload = reader.Next();
    damage = payload.status();
    if (!damage.ok() || !payload->has_value()) break;
    v1::SampleResponse response;
    damage = ParseRecord(reader, **payload, "SampleResponse", &response);
    if (!damage.ok()) break;
    damage = check.Take(response);
    if (!damage.ok()) {
      damage = absl::DataLossError(absl::StrCat("record ", reader.number(), " at byte ",
                                                reader.offset(), " ", damage.message()));
      break;
    }
    ++recording.responses_;
  }
  if (!check.header().has_value()) {
    return damage.ok() ? absl::DataLossError("the recording has no header") : damage;
  }
  recording.header_ = *check.header();
  recording.extent_.draws = check.draws();
  const std::int64_t asked = recording.request_.draws();
  if (damage.ok() && asked > 0 && asked != check.draws()) {
    damage = absl::DataLossError(
        absl::StrCat("the recording has ", check.draws(), " of ", asked, " draws"));
  }
  return recording;
}

std::unique_ptr<SampleReader> SampleRecording::Play() const {
  absl::StatusOr<RecordFileReader> reader =
      RecordFileReader::Open(bytes_, RecordFileKind::kSampleStream);
  CAE_CHECK(reader.ok(), reader.status().ToString());  // Open has read it before
  for (int skipped = 0; skipped < 2; ++skipped) {      // the card and the request
    CAE_CHECK(reader->Next().ok(), "the bytes of a recording changed");
  }
  return std::make_unique<RecordedReader>(*reader, responses_);
}

v1::SampleRequest SampleRecording::ReplayRequest() const {
  v1::SampleRequest request = request_;
  request.mutable_model()->set_name(header_.model().name());
  request.mutable_model()->set_version(header_.model().version());
  request.set_draws(extent_.draws);
  if (request.has_resume_from()) return request;  // the state says the rest
  request.set_seed(header_.seed());
  request.set_noise_stddev(header_.noise_stddev());
  request.set_rank(header_.rank());
  request.set_process(header_.process());
  request.set_burn_in(header_.burn_in());
  request.set_thinning(header_.thinning());
  request.set_chains(header_.chains());
  request.set_first_chain(header_.first_chain());
  return request;
}

}  // namespace cae
