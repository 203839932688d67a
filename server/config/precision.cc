#include "server/config/precision.h"

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"

namespace cae {
namespace {

v1::Precision FromText(absl::string_view text) {
  if (text == "float32" || text == "f32") return v1::PRECISION_FLOAT32;
  if (text == "bfloat16" || text == "bf16") return v1::PRECISION_BFLOAT16;
  return v1::PRECISION_UNSPECIFIED;
}

v1::ModelConfig& FindOrAdd(absl::string_view name, v1::RepositoryConfig& repository) {
  auto& models = *repository.mutable_models();
  const auto found =
      absl::c_find_if(models, [name](const v1::ModelConfig& m) { return m.name() == name; });
  if (found != models.end()) return *found;
  v1::ModelConfig& added = *models.Add();
  added.set_name(std::string(name));
  return added;
}

bool WantsBFloat16(const v1::RepositoryConfig& repository) {
  return repository.precision() == v1::PRECISION_BFLOAT16 ||
         absl::c_any_of(repository.models(), [](const v1::ModelConfig& model) {
           return model.precision() == v1::PRECISION_BFLOAT16;
         });
}

}  // namespace

std::vector<absl::Status> ApplyPrecisions(const std::vector<std::string>& values,
                                          v1::RepositoryConfig& repository) {
  std::vector<absl::Status> faults;
  const auto parse = [&faults](absl::string_view text) {
    const v1::Precision precision = FromText(text);
    if (precision == v1::PRECISION_UNSPECIFIED) {
      faults.push_back(absl::InvalidArgumentError(
          absl::StrCat("'", text, "' is no precision; write float32 or bf16, or NAME=bf16")));
    }
    return precision;
  };
  for (const std::string& value : values) {
    if (value.find('=') != std::string::npos) continue;
    repository.set_precision(parse(value));
    for (v1::ModelConfig& model : *repository.mutable_models()) model.clear_precision();
  }
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos) continue;
    const absl::string_view text = value;
    FindOrAdd(text.substr(0, equals), repository).set_precision(parse(text.substr(equals + 1)));
  }
  return faults;
}

Precision PrecisionOf(const v1::RepositoryConfig& repository, absl::string_view model) {
  v1::Precision precision = repository.precision();
  for (const v1::ModelConfig& config : repository.models()) {
    if (config.name() == model && config.precision() != v1::PRECISION_UNSPECIFIED) {
      precision = config.precision();
    }
  }
  return precision == v1::PRECISION_BFLOAT16 ? Precision::kBFloat16 : Precision::kFloat32;
}

absl::Status CheckPrecisions(const v1::ServerConfig& config) {
  const v1::RepositoryConfig& repository = config.repository();
  const auto known = [](v1::Precision value) { return v1::Precision_IsValid(value); };
  if (!known(repository.precision()) ||
      !absl::c_all_of(repository.models(), [&known](const v1::ModelConfig& model) {
        return known(model.precision());
      })) {
    return absl::InvalidArgumentError("no such value; it may be float32 or bfloat16");
  }
  if (!WantsBFloat16(repository)) return absl::OkStatus();
  if (!config.compute().isa().empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("bfloat16 is slower than float32 with compute.isa (--isa) pinned to ",
                     config.compute().isa(), ", which has no such products; take one of them out"));
  }
  if (!__builtin_cpu_supports("avx512bf16")) {
    return absl::FailedPreconditionError(
        "bfloat16 is slower than float32 on this machine, whose processor lacks AVX512_BF16; take "
        "it out");
  }
  return absl::OkStatus();
}

}  // namespace cae
