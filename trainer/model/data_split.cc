#include "trainer/model/data_split.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "trainer/data/array_data_set.h"

namespace cae {
LabelledRows RowsOf(const LabelledExamples& examples, Index first, Index count) {
  const absl::Span<const std::uint8_t> labels = examples.labels;
  return {Rows(ConstMatrixView(examples.rows), first, count),
          labels.empty() ? labels : labels.subspan(first, count)};
}

absl::Status CheckLabels(absl::string_view data, const LabelledRows& rows, absl::string_view what) {
  if (!rows.labels.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(data, " has no labels, and ", what, " needs one for each row; put ",
                   kTrainRowLabelsFile, " and ", kTestRowLabelsFile, " beside its rows"));
}

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
  return DataSplit{RowsOf(data.training, 0, training),
                   RowsOf(data.training, first_of_validation, validation)};
}

}  // namespace cae
