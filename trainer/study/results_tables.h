// Tables of a study's report, as Markdown.
#ifndef CAE_TRAINER_STUDY_RESULTS_TABLES_H_
#define CAE_TRAINER_STUDY_RESULTS_TABLES_H_

#include <string>
#include <vector>

#include "trainer/study/study_results.h"

namespace cae {

/// One line of a table.
std::string TableRow(const std::vector<std::string>& cells);

/// The first line of a table, and the one below it.
std::string TableHead(const std::vector<std::string>& cells);

/// A row for each subject of each goal.
std::string GoalTable(const StudyResults& results);

/// The whole score row of every sampler, and of training images as samples.
std::string SamplerTable(const StudyResults& results);

/// What settings were chosen among.
std::string SettingTable(const StudyResults& results);

/// Errors of classifiers on test rows.
std::string ErrorTable(const StudyResults& results);

}  // namespace cae

#endif  // CAE_TRAINER_STUDY_RESULTS_TABLES_H_
