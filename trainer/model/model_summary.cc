#include "trainer/model/model_summary.h"

#include <limits>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_file.h"
#include "core/io/safetensors.h"
#include "core/model/autoencoder.h"

namespace cae {
namespace {

absl::StatusOr<GoldenCheck> CheckGolden(const ModelParameters& parameters) {
  GoldenCheck check;
  check.rows = parameters.golden_inputs.rows();
  if (check.rows == 0) return check;
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<const Autoencoder> model,
                       Autoencoder::Create(parameters));
  Workspace workspace;
  Matrix codes(check.rows, model->code_units());
  model->Encode(parameters.golden_inputs, model->layers(), codes, workspace);
  const Matrix difference = (codes - parameters.golden_codes).cwiseAbs();
  check.largest_difference =
      difference.allFinite() ? difference.maxCoeff() : std::numeric_limits<double>::infinity();
  check.ok = check.largest_difference <= kGoldenTolerance;
  return check;
}

}  // namespace

absl::StatusOr<ModelSummary> SummariseModelFile(const std::string& path) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxModelFileBytes));
  absl::StatusOr<ModelFile> file = ParseModelFile(bytes);
  if (!file.ok()) {
    return absl::Status(file.status().code(), absl::StrCat(path, ": ", file.status().message()));
  }
  ModelSummary summary;
  summary.bytes = static_cast<std::int64_t>(bytes.size());
  summary.digest = file->digest;
  summary.parameters = std::move(file->parameters);
  CAE_ASSIGN_OR_RETURN(const SafetensorsView view, SafetensorsView::Parse(bytes));
  for (const auto& [name, entry] : view.tensors()) {
    summary.tensors.push_back({name, entry.dtype, entry.shape});
  }
  CAE_ASSIGN_OR_RETURN(summary.golden, CheckGolden(summary.parameters));
  return summary;
}

}  // namespace cae
