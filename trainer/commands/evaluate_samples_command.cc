#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_file.h"
#include "trainer/commands/commands.h"
#include "trainer/commands/common_options.h"
#include "trainer/commands/exit_code.h"
#include "trainer/commands/number_range.h"
#include "trainer/commands/sample_notes.h"
#include "trainer/commands/sample_subjects.h"
#include "trainer/data/data_set.h"
#include "trainer/evaluation/judge_training.h"
#include "trainer/evaluation/plot.h"
#include "trainer/evaluation/sample_pictures.h"
#include "trainer/evaluation/sample_report.h"
#include "trainer/reporting/progress_bar.h"
#include "trainer/reporting/progress_line.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxRecipeBytes = 1 << 20;

struct Options {
  std::vector<std::string> files;
  ChainFlags chains;
  std::string process = "card";
  std::string on = "test";
  std::string data_folder, judge_recipe, output;
  std::uint64_t seed = 1;
  bool quick = false, json = false, note = false;
  int threads = 1;
};

// On a terminal one line that is rewritten in place; elsewhere nothing but the lines of Say.
class SampleProgress {
 public:
  SampleProgress(Streams& streams, const InterruptGuard& interrupt)
      : streams_(streams), interrupt_(interrupt) {}
  ~SampleProgress() { Erase(); }

  void Say(const std::string& line) {
    Erase();
    streams_.err << line << "\n" << std::flush;
  }
  void Begin(std::string what) { what_ = std::move(what); }

  absl::Status Report(absl::string_view part, Index done, Index all) {
    if (streams_.err_is_terminal) {
      Erase();
      const std::string line = absl::StrFormat("%s: %-12s %s", what_, part, ProgressBar(done, all));
      streams_.err << line << std::flush;
      shown_ = line.size();
    }
    return interrupt_.Check();
  }

 private:
  void Erase() {
    if (shown_ > 0) streams_.err << "\r" << std::string(shown_, ' ') << "\r";
    shown_ = 0;
  }

  Streams& streams_;
  const InterruptGuard& interrupt_;
  std::string what_;
  std::size_t shown_ = 0;
};

absl::StatusOr<std::vector<SampleSubject>> LoadSubjects(const Options& options) {
  std::vector<SampleSubject> subjects;
  for (const std::string& file : options.files) {
    CAE_ASSIGN_OR_RETURN(SampleSubject subject, LoadSampleSubject(file, options.chains));
    const SampleSubject& first = subjects.empty() ? subject : subjects.front();
    if (subject.data != first.data) {
      return Usage(absl::InvalidArgumentError(
          absl::StrCat(file, " was trained on ", subject.data, ", ", options.files.front(), " on ",
                       first.data, "; judge them in runs of their own")));
    }
    subjects.push_back(std::move(subject));
  }
  return subjects;
}

absl::StatusOr<std::unique_ptr<Judge>> FindJudge(const Options& options, const DataSet& data,
                                                 Streams& streams, InterruptGuard& interrupt) {
  std::string text(JudgeRecipeText());
  if (!options.judge_recipe.empty()) {
    CAE_ASSIGN_OR_RETURN(text, ReadFile(options.judge_recipe, kMaxRecipeBytes));
  }
  absl::StatusOr<Recipe> recipe = ParseRecipe(text);
  if (!recipe.ok()) {
    return Usage(absl::InvalidArgumentError(
        absl::StrCat(options.judge_recipe, ": ", recipe.status().message())));
  }
  ObserverList observers;
  ProgressLine line(streams.err, streams.err_is_terminal);
  observers.Add(&line);
  observers.Add(&interrupt);
  return FindOrTrainJudge(*std::move(recipe), data, options.data_folder,
                          {observers, options.threads, [&streams](const std::string& path) {
                             streams.err << "training the judge, once, a few minutes: " << path
                                         << "\n";
                           }});
}

absl::Status CheckSubjects(const Options& options, const std::vector<SampleSubject>& subjects,
                           const DataSet& data, Streams& streams) {
  for (const SampleSubject& subject : subjects) {
    if (subject.image_units != data.test.rows.cols()) {
      return absl::InvalidArgumentError(absl::StrCat(subject.name, " makes images of ",
                                                     subject.image_units, " pixels, those of ",
                                                     data.name, " have ", data.test.rows.cols()));
    }
    const Index needed = ValidationRows(data.training.rows.rows());
    if (subject.held_out_rows >= needed) continue;
    if (options.on == "test") {
      // The width of the Parzen window is chosen on the first of them.
      streams.err << "cae-train: " << subject.name << " has kept " << subject.held_out_rows
                  << " of the last " << needed
                  << " training rows apart by the recipe in its file; it may have been trained on "
                     "those that choose the Parzen window\n";
    } else {
      return Usage(absl::FailedPreconditionError(
          absl::StrCat("--on validation: the last ", needed, " training rows are needed, but ",
                       subject.name, " keeps only ", subject.held_out_rows,
                       " of them apart by the recipe in its file; use --on test")));
    }
  }
  return absl::OkStatus();
}

std::string FileStem(const Options& options, absl::string_view name) {
  return (std::filesystem::path(options.output) / absl::StrReplaceAll(name, {{" ", "-"}})).string();
}

// Where chains start: not at rows that samples may be compared with.
ConstMatrixView TrainedOnRows(const DataSet& data) {
  const Index all = data.training.rows.rows();
  return Rows(ConstMatrixView(data.training.rows), 0, all - ValidationRows(all));
}

absl::StatusOr<SamplerScores> ScoreSubject(const Options& options, const SampleSubject& subject,
                                           const DataSet& data, const SampleScorer& scorer,
                                           const SampleProtocol& protocol, ThreadPool& pool,
                                           SampleProgress& progress) {
  const ScoreProgress report = [&progress](absl::string_view part, Index done, Index all) {
    return progress.Report(part, done, all);
  };
  SamplerScores sampler{subject.name, subject.setting_name, {}};
  for (const double setting : subject.settings) {
    const std::string what =
        absl::StrFormat("%s, %s %g", subject.name, subject.setting_name, setting);
    progress.Begin(what);
    CAE_ASSIGN_OR_RETURN(const std::unique_ptr<ImageSampler> chains, subject.make(setting, pool));
    absl::StatusOr<DrawnSamples> samples =
        DrawSamples(*chains, TrainedOnRows(data), protocol, report);
    if (!samples.ok()) {
      return absl::Status(samples.status().code(),
                          absl::StrCat(what, ": ", samples.status().message()));
    }
    CAE_ASSIGN_OR_RETURN(SampleScores scores, scorer.Score(*samples, protocol, report));
    if (!options.output.empty()) {
      const std::string stem = FileStem(options, absl::StrCat(subject.name, "-", setting));
      if (subject.image_shape.size() == 2) {
        CAE_RETURN_IF_ERROR(WriteChainPictures(stem, *samples, protocol,
                                               {subject.image_shape[0], subject.image_shape[1]},
                                               scorer.judge(), pool));
      }
      CAE_RETURN_IF_ERROR(WriteTransitionPlot(stem + "-transitions.png",
                                              absl::StrCat(what, ": which class follows which"),
                                              scores.mixing, data.class_labels));
    }
    sampler.settings.push_back({setting, std::move(scores)});
    progress.Say(absl::StrCat("judged ", what));
  }
  return sampler;
}

absl::Status WriteReport(const Options& options, const SampleReport& report) {
  CAE_RETURN_IF_ERROR(WriteFileAtomically(FileStem(options, "scores.json"),
                                          SampleReportJson(report).dump(2) + "\n"));
  for (const SamplerScores& sampler : report.samplers) {
    CAE_RETURN_IF_ERROR(
        WriteSettingPlot(FileStem(options, sampler.name + "-scores.png"), sampler, report));
  }
  return WriteQualityMixingPlot(FileStem(options, "quality-mixing.png"), report);
}

// All that could fail for want of something, before any work is put in.
absl::Status PrepareOutput(const Options& options) {
  if (options.output.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(options.output, error);
  if (error) {
    return absl::PermissionDeniedError(
        absl::StrCat("--output ", options.output, ": ", error.message()));
  }
  return CheckPlotting();
}

// Notes are of what `Sample` does where a request says nothing.
absl::Status CheckNote(const Options& options) {
  const bool as_served = options.files.size() == 1 && options.chains.noise.empty() &&
                         !options.chains.rank && options.process == "card" &&
                         options.on == "test" && !options.quick;
  if (!options.note) return absl::OkStatus();
  // A baseline has no card.
  if (as_served) return LoadModelFile(options.files.front()).status();
  return Usage(absl::InvalidArgumentError(
      "--note: takes one model as its card says, without --noise, --process, --rank, "
      "--on validation and --quick"));
}

absl::Status Run(Options options, Streams& streams) {
  CAE_RETURN_IF_ERROR(CheckNote(options));
  options.chains.denoising = options.process == "denoising";
  if (options.chains.denoising && (options.chains.noise.empty() || options.chains.rank)) {
    return Usage(absl::InvalidArgumentError(
        "--process denoising: wants --noise, that of the inputs, and takes no --rank"));
  }
  if (options.process == "composed") options.chains.process = SampleProcess::kComposed;
  if (options.process == "top-layer") options.chains.process = SampleProcess::kTopLayer;
  if (options.data_folder.empty()) {
    CAE_ASSIGN_OR_RETURN(options.data_folder, DefaultDataFolder());
  }
  CAE_RETURN_IF_ERROR(PrepareOutput(options));
  CAE_ASSIGN_OR_RETURN(const std::vector<SampleSubject> subjects, LoadSubjects(options));
  CAE_ASSIGN_OR_RETURN(const DataSet data, LoadDataSet(subjects.front().data, options.data_folder));
  CAE_RETURN_IF_ERROR(CheckSubjects(options, subjects, data, streams));
  InterruptGuard interrupt;
  CAE_ASSIGN_OR_RETURN(const std::unique_ptr<Judge> judge,
                       FindJudge(options, data, streams, interrupt));
  SampleReport report;
  report.class_labels = data.class_labels;
  report.protocol = options.quick ? SampleProtocol::Quick() : SampleProtocol();
  report.protocol.seed = options.seed;
  report.on = options.on == "test" ? ScoredOn::kTest : ScoredOn::kValidation;
  ThreadPool pool(options.threads);
  CAE_ASSIGN_OR_RETURN(
      const std::unique_ptr<SampleScorer> scorer,
      SampleScorer::Make(data, *judge, report.protocol.many_samples(),
                         {report.on, options.quick ? Index{1'000} : Index{0}, 1'000}, pool));
  report.training_images = scorer->ScoreTrainingImages();
  {
    SampleProgress progress(streams, interrupt);
    for (const SampleSubject& subject : subjects) {
      CAE_ASSIGN_OR_RETURN(SamplerScores scores, ScoreSubject(options, subject, data, *scorer,
                                                              report.protocol, pool, progress));
      report.samplers.push_back(std::move(scores));
    }
  }
  if (!options.output.empty()) CAE_RETURN_IF_ERROR(WriteReport(options, report));
  if (options.note) {
    CAE_RETURN_IF_ERROR(
        NoteSampleScores(options.files.front(), report.samplers.front().settings.front()));
  }
  if (options.json) {
    streams.out << SampleReportJson(report).dump(2) << "\n";
  } else {
    PrintSampleTable(report, streams.out);
  }
  return absl::OkStatus();
}

void AddChainOptions(CLI::App& parser, Options& options) {
  parser
      .add_option("--noise", options.chains.noise,
                  "Noise of our chains, one or several: 1,1.5,2 (default: the card's)")
      ->delimiter(',')
      ->check(NumberRange(0, 1e6));
  parser
      .add_option("--process", options.process,
                  "composed, top-layer, or as the card says; denoising: x <- g(f(x + noise)),\n"
                  "the chain of a denoising auto-encoder, whose noise is that of the inputs")
      ->check(CLI::IsMember({"card", "composed", "top-layer", "denoising"}))
      ->capture_default_str();
  parser
      .add_option("--rank", options.chains.rank,
                  "Leading singular directions of our chains; 0 = all (default: the card's)")
      ->check(CLI::Range(0, 65'536));
  parser
      .add_option("--transitions", options.chains.transitions,
                  "Gibbs transitions a step of a baseline's chains, one or several")
      ->delimiter(',')
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  parser.add_option("--seed", options.seed, "Of the chains and where they start")
      ->capture_default_str();
}

}  // namespace

Command AddEvaluateSamplesCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser = cae_train.add_subcommand(
      "evaluate-samples", "Judge the samples of models and baselines, and how chains mix");
  parser->add_option("FILE", options->files, "Model files and baseline files of one data set")
      ->required();
  AddChainOptions(*parser, *options);
  parser
      ->add_option("--on", options->on,
                   "Real images to compare with: test, or validation to choose a setting by")
      ->check(CLI::IsMember({"test", "validation"}))
      ->capture_default_str();
  parser->add_option("--output", options->output, "Write scores.json, plots and pictures there")
      ->type_name("FOLDER");
  parser->add_flag("--quick", options->quick, "A tenth of the images, to try things out");
  parser
      ->add_option("--judge-recipe", options->judge_recipe,
                   "Of the judge (default: trainer/recipes/judge.textproto)")
      ->type_name("RECIPE");
  AddDataOption(*parser, options->data_folder,
                "Where the data lies (default: where `cae-train fetch` puts it)\n"
                "and where judges are kept");
  AddThreadsOption(*parser, options->threads);
  parser->add_flag("--json", options->json, "Print one JSON object");
  parser->add_flag("--note", options->note,
                   "Write the scores into the card of the model, too: one model, as it is served");
  parser->footer(
      "For each setting: Parzen log-likelihood of test rows under 10,000 consecutive states of "
      "one\n"
      "chain (mean of 5) and under thinned draws of 100 chains, the shares of images that a judge\n"
      "does not recognise and that it refuses, precision and recall, Fréchet distance, entropy of\n"
      "the classes, and mixing. The judge, a classifier, is trained when it is first needed.\n"
      "Unrecognised: the largest probability among the classes is below that of 99 % of the test\n"
      "images. Refused: it is below where an eleventh class, of blanks, halves and mixtures, "
      "takes\n"
      "its part of the probability; that is harder.\n"
      "Examples:\n"
      "  cae-train evaluate-samples model.safetensors --quick\n"
      "  cae-train evaluate-samples model.safetensors --noise 1,1.5,2,3 --output scores\n"
      "  cae-train evaluate-samples model.safetensors --process composed --noise 2 --json\n"
      "  cae-train evaluate-samples cae2.safetensors dbn.safetensors --noise 2,3 \\\n"
      "    --transitions 1,10 --output comparison\n"
      "  cae-train evaluate-samples model.safetensors --noise 1,2,3 --on validation");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
