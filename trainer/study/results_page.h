// The report of a study: a page of Markdown with tables, and its pictures.
#ifndef CAE_TRAINER_STUDY_RESULTS_PAGE_H_
#define CAE_TRAINER_STUDY_RESULTS_PAGE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/study/study_results.h"
#include "trainer/study/study_runner.h"

namespace cae {

/// What people have written on rows of the report, by the name of a goal or a subject.
using Remarks = std::map<std::string, std::string>;

/// Sections of Markdown: "## NAME" and what follows, up to the next. INVALID_ARGUMENT lists the
/// names that neither a goal nor a subject has, and text before the first section is left out.
absl::StatusOr<Remarks> ParseRemarks(absl::string_view text, const Study& study);

/// Where the records behind a page lie: a file of SaveRecords.
std::string RecordsBeside(const std::string& page);

/// A picture that the page shows.
struct ResultsPicture {
  std::string file;  ///< beside the page: "images/results/cae-1.png"
  std::string text;  ///< what it shows
};

/// Curves by gnuplot and the chains that the steps have drawn, into the folder images/PAGE/ beside
/// the page, PAGE its name without the ending. Those that cannot be made for want of results are
/// left out, as are chains that are not those of the records. Pictures of an earlier report are
/// removed, those of the study's subjects apart.
absl::StatusOr<std::vector<ResultsPicture>> WriteResultsPictures(const std::string& page,
                                                                 const StudyRunner& runner,
                                                                 const StudyResults& results);

/// The page itself: goals, samplers, choices of settings, classification, failures, recipes and
/// times. Everything but `remarks` comes from the records.
std::string ResultsPage(const std::string& page, const StudyRunner& runner,
                        const StudyResults& results, const Remarks& remarks,
                        const std::vector<ResultsPicture>& pictures);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_RESULTS_PAGE_H_
