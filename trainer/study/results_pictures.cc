#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/sha256.h"
#include "trainer/study/results_page.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxPictureBytes = 16 << 20;

// The chains at that setting: as a step has drawn them here, or as they lie beside the page
// already, drawn elsewhere. Empty where neither is the picture that the record speaks of.
std::string ChainsAt(double setting, int subject, const StudyRunner& runner,
                     const std::string& beside_page) {
  std::string digest;
  for (std::size_t i = 0; i < runner.steps().size(); ++i) {
    const StudyStep& step = runner.steps()[i];
    if (step.subject != subject || step.seed != 1 || step.kind != StepKind::kScore) continue;
    const StepRecord& record = runner.records()[i];
    if (step.setting == setting && record.state == StepRecord::State::kDone) {
      digest = record.output_digest;
    }
  }
  for (const std::string& path : {runner.Picture(subject, setting), beside_page}) {
    absl::StatusOr<std::string> bytes = ReadFile(path, kMaxPictureBytes);
    if (bytes.ok() && Sha256Hex(*bytes) == digest) return *std::move(bytes);
  }
  return "";
}

absl::Status RemoveOthers(const std::filesystem::path& folder, const std::set<std::string>& kept) {
  std::error_code error;
  std::vector<std::filesystem::path> others;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::EndsWith(name, ".png") && kept.count(name) == 0) others.push_back(entry.path());
  }
  for (const std::filesystem::path& other : others) std::filesystem::remove(other, error);
  if (!error) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(folder.string(), ": ", error.message()));
}

}  // namespace

absl::StatusOr<std::vector<ResultsPicture>> WriteResultsPictures(const std::string& page,
                                                                 const StudyRunner& runner,
                                                                 const StudyResults& results) {
  // One of its own: pages of several studies may lie side by side.
  const std::filesystem::path beside = "images" / std::filesystem::path(page).stem();
  const std::filesystem::path folder = std::filesystem::path(page).parent_path() / beside;
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) {
    return absl::PermissionDeniedError(absl::StrCat(folder.string(), ": ", error.message()));
  }
  std::vector<ResultsPicture> pictures;
  std::set<std::string> names;
  const auto add = [&](const std::string& name, std::string text) {
    names.insert(name);
    pictures.push_back({(beside / name).generic_string(), std::move(text)});
    return (folder / name).string();
  };
  const SampleReport of_paper = results.Curves(study::v1::GROUP_PAPER);
  const SampleReport of_extensions = results.Curves(study::v1::GROUP_EXTENSION);
  if (!of_paper.samplers.empty()) {
    CAE_RETURN_IF_ERROR(WriteQualityMixingPlot(
        add("mixing.png",
            "Quality against mixing over the settings, seed 1: the paper's models and baselines"),
        of_paper));
  }
  if (!of_extensions.samplers.empty()) {
    CAE_RETURN_IF_ERROR(WriteQualityMixingPlot(
        add("mixing-extensions.png",
            "Quality against mixing over the settings, seed 1: extensions and baselines"),
        of_extensions));
  }
  for (int s = 0; s < results.study().subjects_size(); ++s) {
    const std::optional<double> chosen = results.Chosen(s);
    if (!chosen.has_value()) continue;
    const std::string& name = results.study().subjects(s).name();
    const std::string picture = SlugOf(name) + ".png";
    const std::string bytes = ChainsAt(*chosen, s, runner, (folder / picture).string());
    if (bytes.empty()) continue;
    CAE_RETURN_IF_ERROR(
        WriteFileAtomically(add(picture, absl::StrCat(name, " at ", *chosen)), bytes));
  }
  // Those of a subject that has no numbers here may be needed when it has them again.
  for (const study::v1::Subject& subject : results.study().subjects()) {
    names.insert(SlugOf(subject.name()) + ".png");
  }
  CAE_RETURN_IF_ERROR(RemoveOthers(folder, names));
  return pictures;
}

}  // namespace cae
