#include "trainer/baselines/baseline.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_file.h"
#include "core/io/quoted.h"
#include "core/io/safetensors.h"
#include "core/io/safetensors_writer.h"
#include "core/io/strict_json.h"

namespace cae {
namespace {

constexpr char kVersionKey[] = "cae_baseline.format_version";
constexpr char kVersion[] = "1";
constexpr char kKindKey[] = "cae_baseline.kind";
constexpr char kShapeKey[] = "cae_baseline.input_shape";
constexpr absl::string_view kTrainingPrefix = "training.";

std::string TensorName(std::size_t machine, absl::string_view part) {
  return absl::StrCat("rbms.", machine, ".", part);
}

// Tensors that a file of this kind must have are not "not found" but missing.
template <typename Values>
absl::Status Take(absl::StatusOr<Values> read, Values& values) {
  if (absl::IsNotFound(read.status())) return absl::InvalidArgumentError(read.status().message());
  CAE_RETURN_IF_ERROR(read.status());
  if (!read->allFinite()) return absl::InvalidArgumentError("a number is not finite");
  values = *std::move(read);
  return absl::OkStatus();
}

absl::StatusOr<Rbm> ReadMachine(const SafetensorsView& view, std::size_t machine, Index inputs) {
  Rbm rbm;
  CAE_RETURN_IF_ERROR(Take(view.ReadMatrix(TensorName(machine, "weight")), rbm.hidden.weight));
  CAE_RETURN_IF_ERROR(Take(view.ReadVector(TensorName(machine, "hidden_bias")), rbm.hidden.bias));
  CAE_RETURN_IF_ERROR(Take(view.ReadVector(TensorName(machine, "visible_bias")), rbm.visible_bias));
  if (rbm.visible_units() != inputs || rbm.visible_bias.size() != inputs ||
      rbm.hidden.bias.size() != rbm.units()) {
    return absl::InvalidArgumentError(
        absl::StrCat("rbms.", machine, ": is ", rbm.units(), " x ", rbm.visible_units(),
                     " with biases of ", rbm.hidden.bias.size(), " and ", rbm.visible_bias.size(),
                     "; below it are ", inputs, " units"));
  }
  return rbm;
}

absl::Status ReadShape(const std::map<std::string, std::string>& metadata, Baseline& baseline,
                       Index& inputs) {
  const auto found = metadata.find(kShapeKey);
  const std::string text = found == metadata.end() ? "" : found->second;
  absl::Status fault = absl::InvalidArgumentError(absl::StrCat(
      kShapeKey, " is ", Quoted(text), "; it must be a list of whole numbers above 0"));
  const absl::StatusOr<nlohmann::json> shape = ParseStrictJson(text, /*max_depth=*/2);
  if (!shape.ok() || !shape->is_array() || shape->empty()) return fault;
  inputs = 1;
  for (const nlohmann::json& axis : *shape) {
    if (!axis.is_number_unsigned()) return fault;
    const auto size = axis.get<std::uint64_t>();
    if (size == 0 || size > 1'000'000 || inputs > 1'000'000'000) return fault;
    inputs *= static_cast<Index>(size);
    baseline.input_shape.push_back(static_cast<std::int64_t>(size));
  }
  return absl::OkStatus();
}

absl::StatusOr<Baseline> ParseBaseline(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(const SafetensorsView view, SafetensorsView::Parse(bytes));
  const auto version = view.metadata().find(kVersionKey);
  if (version == view.metadata().end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("is no baseline: metadata ", kVersionKey, " is missing"));
  }
  if (version->second != kVersion) {
    return absl::InvalidArgumentError(absl::StrCat(kVersionKey, " is ", Quoted(version->second),
                                                   "; this program knows '", kVersion, "'"));
  }
  Baseline baseline;
  Index inputs = 0;
  CAE_RETURN_IF_ERROR(ReadShape(view.metadata(), baseline, inputs));
  do {
    CAE_ASSIGN_OR_RETURN(Rbm rbm, ReadMachine(view, baseline.machines.size(), inputs));
    inputs = rbm.units();
    baseline.machines.push_back(std::move(rbm));
  } while (view.contains(TensorName(baseline.machines.size(), "weight")));
  if (view.tensors().size() != 3 * baseline.machines.size()) {
    return absl::InvalidArgumentError(absl::StrCat("has ", view.tensors().size(), " tensors; ",
                                                   baseline.machines.size(),
                                                   " machines have three each"));
  }
  for (const auto& [key, value] : view.metadata()) {
    if (absl::StartsWith(key, kTrainingPrefix)) {
      baseline.training[key.substr(kTrainingPrefix.size())] = value;
    }
  }
  return baseline;
}

}  // namespace

absl::Status SaveBaselineFile(const std::string& path, const Baseline& baseline, StorageType type) {
  std::map<std::string, std::string> metadata = {
      {kVersionKey, kVersion},
      {kKindKey, std::string(baseline.kind())},
      {kShapeKey, nlohmann::json(baseline.input_shape).dump()}};
  for (const auto& [key, value] : baseline.training) {
    metadata[absl::StrCat(kTrainingPrefix, key)] = value;
  }
  SafetensorsWriter writer;
  writer.SetMetadata(std::move(metadata));
  for (std::size_t m = 0; m < baseline.machines.size(); ++m) {
    const Rbm& rbm = baseline.machines[m];
    CAE_RETURN_IF_ERROR(writer.AddMatrix(TensorName(m, "weight"), rbm.hidden.weight, type));
    CAE_RETURN_IF_ERROR(
        writer.AddVector(TensorName(m, "hidden_bias"), rbm.hidden.bias, StorageType::kFloat32));
    CAE_RETURN_IF_ERROR(
        writer.AddVector(TensorName(m, "visible_bias"), rbm.visible_bias, StorageType::kFloat32));
  }
  CAE_ASSIGN_OR_RETURN(const std::string bytes, writer.Serialize());
  return WriteFileAtomically(path, bytes);
}

bool IsBaselineFile(absl::string_view bytes) {
  const absl::StatusOr<SafetensorsView> view = SafetensorsView::Parse(bytes);
  return view.ok() && view->metadata().count(kVersionKey) > 0;
}

absl::StatusOr<Baseline> LoadBaselineFile(const std::string& path) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxModelFileBytes));
  absl::StatusOr<Baseline> baseline = ParseBaseline(bytes);
  if (baseline.ok()) return baseline;
  return absl::Status(baseline.status().code(),
                      absl::StrCat(path, ": ", baseline.status().message()));
}

}  // namespace cae
