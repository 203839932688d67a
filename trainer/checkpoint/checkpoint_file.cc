#include "trainer/checkpoint/checkpoint_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "absl/algorithm/container.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "core/base/status_macros.h"
#include "core/io/safetensors_writer.h"
#include "core/io/sha256.h"

namespace cae {
namespace {

constexpr char kFormatKey[] = "format";
constexpr char kFormat[] = "cae-train checkpoint 1";
constexpr char kDigestKey[] = "digest";
constexpr absl::string_view kIdentity = "run.", kState = "state.";
// Stands where the digest goes while the digest is computed.
const std::string& NoDigest() {
  static const auto& zeros = *new std::string(64, '0');
  return zeros;
}

// Which fields of two JSON objects differ, or nothing where either is no JSON.
std::string FieldsThatDiffer(const std::string& a, const std::string& b) {
  const nlohmann::json left = nlohmann::json::parse(a, nullptr, false);
  const nlohmann::json right = nlohmann::json::parse(b, nullptr, false);
  if (!left.is_object() || !right.is_object()) return "";
  std::set<std::string> pointers;
  for (const auto& change : nlohmann::json::diff(left, right)) {
    pointers.insert(change["path"].get<std::string>());
  }
  return absl::StrCat(" (", absl::StrJoin(pointers, ", "), ")");
}

// One line for a value that may be anything, as messages show it.
std::string Difference(const std::string& name, const std::string& there, const std::string& here) {
  constexpr std::size_t kLongest = 70;
  if (there.size() > kLongest || here.size() > kLongest) {
    const std::string fields = FieldsThatDiffer(there, here);
    if (!fields.empty()) return absl::StrCat(name, fields);
  }
  return absl::StrCat(name, " (there ", there.empty() ? "none" : there, ", here ",
                      here.empty() ? "none" : here, ")");
}

}  // namespace

struct CheckpointWriter::Contents {
  SafetensorsWriter tensors;
  std::map<std::string, std::string> metadata = {{kFormatKey, kFormat}, {kDigestKey, NoDigest()}};
};

CheckpointWriter::CheckpointWriter() : contents_(std::make_unique<Contents>()) {}
CheckpointWriter::~CheckpointWriter() = default;

void CheckpointWriter::Floats(absl::string_view name, absl::Span<float> values) {
  if (!std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    return Fail(absl::OutOfRangeError(absl::StrCat(name, " holds numbers that are not finite")));
  }
  const Vector vector = Eigen::Map<const Vector>(values.data(), static_cast<Index>(values.size()));
  Fail(contents_->tensors.AddVector(name, vector, StorageType::kFloat32));
}

void CheckpointWriter::Text(absl::string_view name, std::string& text) {
  contents_->metadata[absl::StrCat(kState, name)] = text;
}

absl::StatusOr<std::string> CheckpointWriter::Serialize(const RunIdentity& identity) {
  CAE_RETURN_IF_ERROR(status());
  for (const auto& [name, value] : identity) {
    contents_->metadata[absl::StrCat(kIdentity, name)] = value;
  }
  contents_->tensors.SetMetadata(contents_->metadata);
  CAE_ASSIGN_OR_RETURN(std::string bytes, contents_->tensors.Serialize());
  const std::size_t place = bytes.find(NoDigest());
  bytes.replace(place, NoDigest().size(), Sha256Hex(bytes));
  return bytes;
}

absl::StatusOr<std::unique_ptr<CheckpointReader>> CheckpointReader::Parse(std::string bytes) {
  const auto damaged = [](absl::string_view reason) {
    return absl::DataLossError(absl::StrCat("the checkpoint is damaged: ", reason));
  };
  auto reader = absl::WrapUnique(new CheckpointReader(std::move(bytes)));
  absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(reader->bytes_);
  if (!view.ok()) return damaged(view.status().message());
  const auto& metadata = view->metadata();
  const auto format = metadata.find(kFormatKey), digest = metadata.find(kDigestKey);
  if (format == metadata.end() || format->second != kFormat) {
    return absl::InvalidArgumentError(
        absl::StrCat("is not a file of the format \"", kFormat, "\""));
  }
  if (digest == metadata.end() || digest->second.size() != NoDigest().size()) {
    return damaged("it has no digest");
  }
  std::string without = reader->bytes_;
  const std::size_t place = without.find(digest->second);
  if (place == std::string::npos) return damaged("its digest is not where it was written");
  without.replace(place, NoDigest().size(), NoDigest());
  if (Sha256Hex(without) != digest->second) return damaged("its digest is another");
  reader->view_ = *std::move(view);
  return reader;
}

absl::StatusOr<std::string> CheckpointReader::CheckIdentity(
    const RunIdentity& identity, const std::vector<std::string>& may_differ) const {
  std::vector<std::string> differences;
  bool refused = false;
  for (const auto& [name, value] : identity) {
    const auto found = view_->metadata().find(absl::StrCat(kIdentity, name));
    const std::string there = found == view_->metadata().end() ? "" : found->second;
    if (there == value) continue;
    differences.push_back(Difference(name, there, value));
    refused = refused || !absl::c_linear_search(may_differ, name);
  }
  for (const auto& [key, there] : view_->metadata()) {
    absl::string_view name = key;
    const auto is_name = [&name](const auto& part) { return part.first == name; };
    if (!absl::ConsumePrefix(&name, kIdentity) || absl::c_any_of(identity, is_name)) continue;
    differences.push_back(Difference(std::string(name), there, ""));
    refused = true;
  }
  if (!refused) return absl::StrJoin(differences, "; ");
  return absl::FailedPreconditionError(absl::StrCat(
      "is of another run; what differs: ", absl::StrJoin(differences, "; "),
      ". Resume with what it was made with, or start anew without --resume and with another "
      "--checkpoint"));
}

void CheckpointReader::Floats(absl::string_view name, absl::Span<float> values) {
  if (!status().ok()) return;
  const absl::StatusOr<Vector> vector = view_->ReadVector(name);
  if (!vector.ok()) return Fail(vector.status());
  if (vector->size() != static_cast<Index>(values.size())) {
    return Fail(absl::InvalidArgumentError(absl::StrCat(
        "\"", name, "\" has ", vector->size(), " numbers, this run needs ", values.size())));
  }
  std::copy(vector->begin(), vector->end(), values.begin());
}

void CheckpointReader::Text(absl::string_view name, std::string& text) {
  if (!status().ok()) return;
  const auto found = view_->metadata().find(absl::StrCat(kState, name));
  if (found == view_->metadata().end()) {
    return Fail(absl::InvalidArgumentError(absl::StrCat("\"", name, "\" is missing")));
  }
  text = found->second;
}

}  // namespace cae
