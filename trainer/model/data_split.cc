#include "trainer/model/data_split.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace cae {
namespace {

LabelledRows Part(const LabelledExamples& examples, Index first, Index count) {
  return {Rows(ConstMatrixView(examples.rows), first, count),
          absl::MakeConstSpan(examples.labels).subspan(first, count)};
}

}  // namespace

absl::StatusOr<DataSplit> SplitData(const DataSet& data, const Recipe& recipe, bool quick) {
  const Index all = data.training.rows.rows();
  const Index held_out = recipe.validation_rows();
  if (held_out >= all) {
    return absl::InvalidArgumentError(absl::StrCat("/validation_rows: is ", held_out,
                                                   "; the training set of ", data.name, " has ",
                                                   all, " rows, and at least one must be left"));
  }
  Index training = all - held_out, validation = held_out;
  const Index first_of_validation = training;
  if (quick) {
    training = std::min(training, kQuickRows);
    validation = std::min(validation, kQuickRows / 10);
  }
  return DataSplit{Part(data.training, 0, training),
                   Part(data.training, first_of_validation, validation)};
}

}  // namespace cae
