// DataSplit: which rows a run learns from and which it is judged by meanwhile.
#ifndef CAE_TRAINER_MODEL_DATA_SPLIT_H_
#define CAE_TRAINER_MODEL_DATA_SPLIT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "trainer/criteria/classifier_step.h"
#include "trainer/data/data_set.h"
#include "trainer/recipe/recipe.h"

namespace cae {

/// Views into a DataSet, which must outlive it.
struct DataSplit {
  LabelledRows training;
  LabelledRows validation;  ///< may have no rows
};

/// Some of the examples, with their labels where there are any.
LabelledRows RowsOf(const LabelledExamples& examples, Index first, Index count);

/// INVALID_ARGUMENT where the rows, those of `data`, have no labels, which `what` needs: says how
/// to give them.
absl::Status CheckLabels(absl::string_view data, const LabelledRows& rows, absl::string_view what);

/// The training set without its last recipe.validation_rows rows, and those. `quick` keeps only the
/// first kQuickRows of the one and the first tenth of that of the other. INVALID_ARGUMENT, with the
/// field's JSON pointer, where no row is left to train on.
absl::StatusOr<DataSplit> SplitData(const DataSet& data, const Recipe& recipe, bool quick);

}  // namespace cae

#endif  // CAE_TRAINER_MODEL_DATA_SPLIT_H_
