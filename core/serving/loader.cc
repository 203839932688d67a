#include "core/serving/loader.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/model_file.h"
#include "core/serving/fingerprint.h"

namespace cae {
namespace {

/// Codes of golden rows may differ between processors in the last digits, not more; in bfloat16,
/// whose 8 bits leave about 4e-3 at worst (see docs/decisions/0016-bfloat16.md), by some of those.
float GoldenTolerance(Precision precision) {
  return precision == Precision::kFloat32 ? 1e-4f : 2e-2f;
}

absl::Status CheckGoldenRows(const Autoencoder& autoencoder) {
  const Matrix& inputs = autoencoder.parameters().golden_inputs;
  const Matrix& expected = autoencoder.parameters().golden_codes;
  // A file may have none, and its matrices then have no columns either.
  if (inputs.rows() == 0) return absl::OkStatus();
  const float tolerance = GoldenTolerance(autoencoder.precision());
  Workspace workspace;
  Matrix codes(inputs.rows(), autoencoder.code_units());
  autoencoder.Encode(inputs, autoencoder.layers(), codes, workspace);
  for (Index row = 0; row < codes.rows(); ++row) {
    for (Index unit = 0; unit < codes.cols(); ++unit) {
      const float scale = std::max(1.0f, std::abs(expected(row, unit)));
      // Written so that a NaN fails.
      if (!(std::abs(codes(row, unit) - expected(row, unit)) <= tolerance * scale)) {
        return absl::DataLossError(absl::StrCat("tensor 'golden.codes' row ", row, " unit ", unit,
                                                " is ", expected(row, unit),
                                                ", this model encodes it as ", codes(row, unit)));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ServableHandle> Load(const RepositoryEntry& entry, ServableLimits limits,
                                    std::int64_t max_file_bytes, Precision precision) {
  CAE_ASSIGN_OR_RETURN(ModelFile file, LoadModelFile(entry.path, max_file_bytes));
  CAE_ASSIGN_OR_RETURN(std::shared_ptr<const Autoencoder> model,
                       Autoencoder::Create(std::move(file.parameters), precision));
  const Autoencoder& autoencoder = *model;
  CAE_RETURN_IF_ERROR(CheckGoldenRows(autoencoder));
  const std::shared_ptr<Servable> servable = MakeServable(std::move(model));
  for (int layer = 0; layer <= autoencoder.layers(); ++layer) {
    limits.max_rank = std::min<std::int64_t>(limits.max_rank, autoencoder.units(layer));
  }
  servable->limits = limits;
  servable->identity = {entry.name, entry.version, std::move(file.digest),
                        NumericFingerprint(autoencoder)};
  return servable;
}

}  // namespace

absl::StatusOr<ServableHandle> LoadServable(const RepositoryEntry& entry,
                                            const ServableLimits& limits,
                                            std::int64_t max_file_bytes, Precision precision) {
  absl::StatusOr<ServableHandle> servable = Load(entry, limits, max_file_bytes, precision);
  if (servable.ok()) return servable;
  // Once, whoever noticed it, and never the path on this machine: clients may read the message.
  std::string reason(servable.status().message());
  if (const std::size_t at = reason.find(entry.path); at != std::string::npos) {
    reason.replace(at, entry.path.size(), entry.relative_path);
  } else {
    reason = absl::StrCat("'", entry.relative_path, "': ", reason);
  }
  return absl::Status(servable.status().code(), reason);
}

}  // namespace cae
