#include "trainer/commands/sample_subjects.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_file.h"
#include "core/model/autoencoder.h"
#include "trainer/baselines/baseline.h"
#include "trainer/baselines/dae_sampler.h"
#include "trainer/baselines/dbn_sampler.h"
#include "trainer/commands/exit_code.h"
#include "trainer/evaluation/model_sampler.h"
#include "trainer/model/held_out_rows.h"

namespace cae {
namespace {

std::string DataOf(const std::map<std::string, std::string>& training) {
  const auto found = training.find("data");
  return found == training.end() ? "mnist" : found->second;
}

// "models/mnist-cae2/1/model.safetensors" is called mnist-cae2, all others as their files.
std::string NameOf(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string version = file.parent_path().filename().string();
  const bool served = file.filename() == "model.safetensors" && !version.empty() &&
                      absl::c_all_of(version, absl::ascii_isdigit);
  return served ? file.parent_path().parent_path().filename().string() : file.stem().string();
}

absl::StatusOr<SampleSubject> LoadBaselineSubject(const std::string& path,
                                                  const ChainFlags& flags) {
  CAE_ASSIGN_OR_RETURN(const Baseline baseline, LoadBaselineFile(path));
  SampleSubject subject;
  subject.name = absl::StrCat(NameOf(path), " Gibbs");
  subject.setting_name = "transitions";
  subject.settings.assign(flags.transitions.begin(), flags.transitions.end());
  subject.data = DataOf(baseline.training);
  subject.held_out_rows = HeldOutRows(baseline.training);
  subject.image_units = baseline.machines.front().visible_units();
  subject.image_shape = baseline.input_shape;
  subject.make = [machines = baseline.machines](
                     double setting,
                     ThreadPool& pool) -> absl::StatusOr<std::unique_ptr<ImageSampler>> {
    CAE_ASSIGN_OR_RETURN(std::unique_ptr<ImageSampler> sampler,
                         DbnSampler::Make(machines, {static_cast<int>(setting)}, pool));
    return sampler;
  };
  return subject;
}

using MakeSampler = decltype(SampleSubject::make);

MakeSampler DenoisingChain(std::shared_ptr<const Autoencoder> model) {
  return [model = std::move(model)](
             double setting, ThreadPool& pool) -> absl::StatusOr<std::unique_ptr<ImageSampler>> {
    return std::make_unique<DaeSampler>(model, setting, pool);
  };
}

MakeSampler ContractiveChain(std::shared_ptr<const Autoencoder> model,
                             const ModelSamplerOptions& options) {
  return [model = std::move(model), options](
             double setting, ThreadPool& pool) -> absl::StatusOr<std::unique_ptr<ImageSampler>> {
    ModelSamplerOptions at = options;
    at.noise_stddev = setting;
    return std::make_unique<ModelSampler>(model, at, pool);
  };
}

const char* ChainNameOf(const ModelSamplerOptions& options, bool denoising) {
  if (denoising) return " denoising";
  return options.process == SampleProcess::kTopLayer ? " top-layer" : " composed";
}

absl::StatusOr<SampleSubject> LoadModelSubject(const std::string& path, const ChainFlags& flags) {
  CAE_ASSIGN_OR_RETURN(ModelFile file, LoadModelFile(path));
  CAE_ASSIGN_OR_RETURN(const std::shared_ptr<const Autoencoder> model,
                       Autoencoder::Create(std::move(file.parameters)));
  const ModelCard& card = model->card();
  ModelSamplerOptions options;
  options.process = flags.process.value_or(card.default_process);
  options.rank = flags.rank.value_or(card.default_rank);
  const int below = options.process == SampleProcess::kTopLayer ? model->layers() - 1 : 0;
  const Index largest = std::min(model->units(below), model->code_units());
  if (options.rank > largest) {
    return Usage(absl::InvalidArgumentError(
        absl::StrCat("--rank ", options.rank, ": ", path, " takes at most ", largest)));
  }
  SampleSubject subject;
  subject.name = absl::StrCat(NameOf(path), ChainNameOf(options, flags.denoising));
  subject.setting_name = "noise";
  subject.settings =
      flags.noise.empty() ? std::vector<double>{card.default_noise_stddev} : flags.noise;
  subject.data = DataOf(card.training);
  subject.held_out_rows = HeldOutRows(card.training);
  subject.image_units = model->input_units();
  subject.image_shape = card.input_shape;
  subject.make = flags.denoising ? DenoisingChain(model) : ContractiveChain(model, options);
  return subject;
}

}  // namespace

absl::StatusOr<SampleSubject> LoadSampleSubject(const std::string& path, const ChainFlags& flags) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, kMaxModelFileBytes));
  return IsBaselineFile(bytes) ? LoadBaselineSubject(path, flags) : LoadModelSubject(path, flags);
}

}  // namespace cae
