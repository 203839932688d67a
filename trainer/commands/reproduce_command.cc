#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "trainer/base/processor_name.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/common_options.h"
#include "trainer/commands/exit_code.h"
#include "trainer/commands/inner_command.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/plot.h"
#include "trainer/study/results_page.h"
#include "trainer/study/study.h"
#include "trainer/study/study_records.h"
#include "trainer/study/study_results.h"
#include "trainer/study/study_runner.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxRemarkBytes = 1 << 20;

struct Options {
  std::string study = "trainer/recipes/study.textproto";
  std::string remarks, folder, report, records;
  std::vector<std::string> only;
  std::string data_folder;
  int seeds = 0;  // 0: as the study says
  int threads = 1;
  bool page_only = false;
  bool quick = false;
};

void SetDefaults(const StudyFiles& files, Options& options) {
  if (options.folder.empty()) options.folder = options.quick ? "study-quick" : "study";
  if (options.report.empty()) {
    // A quick run means nothing, so it does not replace the page.
    options.report = options.quick ? options.folder + "/results.md" : "docs/results.md";
  }
  if (options.seeds == 0) {
    options.seeds = options.quick ? 1 : static_cast<int>(files.study.seeds());
  }
  if (options.remarks.empty()) {
    const std::filesystem::path study(options.study);
    options.remarks = (study.parent_path() / study.stem()).string() + "-remarks.md";
  }
}

absl::Status CheckNames(const Options& options, const Study& study) {
  std::vector<std::string> names;
  for (const study::v1::Subject& subject : study.subjects()) names.push_back(subject.name());
  for (const std::string& name : options.only) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("--only: '", name, "' is no subject; they are ", absl::StrJoin(names, ", ")));
  }
  return absl::OkStatus();
}

absl::StatusOr<Remarks> LoadRemarks(const std::string& path, const Study& study) {
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxRemarkBytes);
  if (absl::IsNotFound(text.status())) return Remarks();
  CAE_RETURN_IF_ERROR(text.status());
  absl::StatusOr<Remarks> remarks = ParseRemarks(*text, study);
  if (remarks.ok()) return remarks;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", remarks.status().message()));
}

// Of the data of every recipe, which also says early that there are none.
absl::StatusOr<std::map<std::string, std::string>> DigestData(const StudyFiles& files,
                                                              const std::string& folder) {
  std::map<std::string, std::string> digests;
  for (const Recipe& recipe : files.recipes) {
    if (digests.count(recipe.data()) > 0) continue;
    CAE_ASSIGN_OR_RETURN(const DataSet data, LoadDataSet(recipe.data(), folder));
    for (const auto& [file, digest] : data.digests) {
      absl::StrAppend(&digests[recipe.data()], file, " ", digest, "\n");
    }
  }
  return digests;
}

// Folders that the program makes by itself; what cannot be written is found before any work.
absl::Status PrepareFolders(const Options& options) {
  for (const std::filesystem::path& folder :
       {std::filesystem::path(options.folder),
        std::filesystem::path(options.report).parent_path()}) {
    if (folder.empty()) continue;
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) {
      return absl::PermissionDeniedError(
          absl::StrCat("cannot make the folder ", folder.string(), ": ", error.message()));
    }
  }
  return CheckPlotting();
}

StudyRunnerOptions RunnerOptions(const Options& options, Streams& streams) {
  StudyRunnerOptions runner;
  runner.folder = options.folder;
  runner.data_folder = options.data_folder;
  runner.seeds = options.seeds;
  runner.threads = options.threads;
  runner.quick = options.quick;
  runner.make = !options.page_only;
  runner.processor = ProcessorName();
  runner.only = {options.only.begin(), options.only.end()};
  runner.run = [&streams](const std::vector<std::string>& words) {
    InnerResult result = RunInnerCommand(words, streams);
    return ProgramResult{result.exit_code, std::move(result.out), std::move(result.reason),
                         result.stopped};
  };
  runner.say = [&streams](const std::string& line) { streams.err << line << std::endl; };
  return runner;
}

absl::Status WriteReport(const Options& options, const StudyRunner& runner,
                         const Remarks& remarks) {
  const StudyResults results(runner.files().study, runner.steps(), runner.records());
  CAE_ASSIGN_OR_RETURN(const std::vector<ResultsPicture> pictures,
                       WriteResultsPictures(options.report, runner, results));
  CAE_RETURN_IF_ERROR(SaveRecords(RecordsBeside(options.report), results.study(), runner.steps(),
                                  runner.records()));
  return WriteFileAtomically(options.report,
                             ResultsPage(options.report, runner, results, remarks, pictures));
}

absl::Status Run(Options options, Streams& streams) {
  absl::StatusOr<StudyFiles> files = LoadStudy(options.study, options.quick);
  if (!files.ok()) return Usage(files.status());
  SetDefaults(*files, options);
  if (options.data_folder.empty()) {
    CAE_ASSIGN_OR_RETURN(options.data_folder, DefaultDataFolder());
  }
  CAE_RETURN_IF_ERROR(Usage(CheckNames(options, files->study)));
  absl::StatusOr<Remarks> remarks = LoadRemarks(options.remarks, files->study);
  if (!remarks.ok()) return Usage(remarks.status());
  CAE_ASSIGN_OR_RETURN(auto digests, DigestData(*files, options.data_folder));
  StudyRunner runner(*std::move(files), std::move(digests), RunnerOptions(options, streams));
  if (!options.records.empty()) {
    const auto kept = LoadRecords(options.records, runner.files().study, runner.steps());
    if (!kept.ok()) return Usage(kept.status());
    for (const std::string& missing : runner.Adopt(*kept)) {
      streams.err << options.records << ": " << missing << ", so nothing of the subject is taken\n";
    }
  }
  const std::string beside = RecordsBeside(options.report);
  if (beside == options.report) {
    return Usage(absl::InvalidArgumentError(absl::StrCat(
        "--report: ", beside, " is where the numbers of the page go; a page is a .md")));
  }
  CAE_RETURN_IF_ERROR(Usage(CheckRecords(beside, runner.files().study)));
  CAE_RETURN_IF_ERROR(PrepareFolders(options));
  CAE_RETURN_IF_ERROR(runner.Run());
  CAE_RETURN_IF_ERROR(WriteReport(options, runner, *remarks));
  int failed = 0;  // of what this run was to make
  for (std::size_t i = 0; i < runner.steps().size(); ++i) {
    if (!runner.WorksOn(runner.steps()[i].subject)) continue;
    if (runner.records()[i].state == StepRecord::State::kFailed) ++failed;
  }
  streams.out << options.report << "  " << runner.steps().size() << " steps, " << runner.made()
              << " made now, " << failed << " failed\n";
  if (failed == 0) return absl::OkStatus();
  return absl::AbortedError(absl::StrCat(failed, " of ", runner.steps().size(),
                                         " steps failed, for the reasons in ", options.report,
                                         "; the same command tries them again"));
}

}  // namespace

Command AddReproduceCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "reproduce", "Train and measure every model of the study, and write the results page");
  parser->add_option("--study", options->study, "What is trained and measured")
      ->capture_default_str()
      ->type_name("FILE");
  parser
      ->add_option("--output", options->folder,
                   "Where models and results of steps go (default: study, or study-quick)")
      ->type_name("FOLDER");
  parser
      ->add_option("--report", options->report,
                   "The page, beside it PAGE.json with its numbers and images/PAGE/ (default:\n"
                   "docs/results.md, of a quick run FOLDER/results.md)")
      ->type_name("FILE");
  parser
      ->add_option("--remarks", options->remarks,
                   "What people say of rows of the page: sections \"## NAME\" of Markdown\n"
                   "(default: STUDY-remarks.md beside the study)")
      ->type_name("FILE");
  parser
      ->add_option("--records", options->records,
                   "Take subjects from this file, as a run on another machine has left it beside\n"
                   "its page, where it has all their steps as they would be made now")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  parser->add_flag("--page-only", options->page_only,
                   "Make nothing: write the page of what there is");
  parser->add_option("--only", options->only, "Work on these subjects, one or several")
      ->delimiter(',')
      ->type_name("NAME");
  parser->add_option("--seeds", options->seeds, "Instead of the study's number of seeds")
      ->check(CLI::Range(1, 100));
  AddDataOption(*parser, options->data_folder);
  AddThreadsOption(*parser, options->threads);
  parser->add_flag(
      "--quick", options->quick,
      "One epoch on 5,000 rows, one seed, two settings: minutes, to see that it works");
  parser->footer(
      "Every step is a command of cae-train; its result is kept, and a step with the same "
      "command,\n"
      "recipe, data and files is not made again: after a stop of any kind the same command goes\n"
      "on. A step that fails is in the page with its error, the study goes on, the exit code is\n"
      "1, and the step is tried again the next time.\n"
      "Examples:\n"
      "  cae-train reproduce --quick\n"
      "  cae-train reproduce --output /var/tmp/study\n"
      "  cae-train reproduce --output /var/tmp/study --only CAE-1,RBM --seeds 1\n"
      "  cae-train reproduce --records docs/results.json --page-only");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
