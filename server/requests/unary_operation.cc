#include "server/requests/unary_operation.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/status_macros.h"
#include "server/requests/limit_check.h"

namespace cae {
namespace {

/// Long enough that handing the thread on costs nothing, short enough that others need not wait.
constexpr std::chrono::milliseconds kSlice{5};

}  // namespace

absl::Status UnaryOperation::CheckAgainst(ServableHandle servable) {
  servable_ = std::move(servable);
  CAE_ASSIGN_OR_RETURN(const Index columns, CheckParameters());
  CAE_RETURN_IF_ERROR(rows_.CheckColumns(columns, *servable_));
  CAE_RETURN_IF_ERROR(CheckRowLimit(rows(), rows_.field(), *servable_));
  CAE_RETURN_IF_ERROR(CheckLimits());
  return CheckAnswerBytes(rows(), AnswerBytesPerRow(), *servable_);
}

absl::Status UnaryOperation::CheckContents() {
  CAE_RETURN_IF_ERROR(rows_.CheckContents(Bounds(), *servable_));
  return CheckPreconditions();
}

absl::StatusOr<Job::Slice> UnaryOperation::ComputeSlice(Workspace& workspace) {
  const auto end = std::chrono::steady_clock::now() + kSlice;
  if (next_row_ == 0) {
    if (!rows_.view().has_value()) converted_ = DecodeTensor(input_tensor());
    Allocate();
  }
  while (next_row_ < rows()) {
    const Index count = std::min(rows_per_block(), rows() - next_row_);
    CAE_RETURN_IF_ERROR(ComputeRows(next_row_, count, workspace));
    next_row_ += count;
    if (next_row_ < rows() && std::chrono::steady_clock::now() >= end) return Job::Slice::kMore;
  }
  return Job::Slice::kDone;
}

absl::Status UnaryOperation::WriteNumbers(const Vector& numbers, const char* field,
                                          v1::Tensor* tensor) const {
  return EncodeTensor(absl::MakeConstSpan(numbers.data(), numbers.size()), {numbers.size()},
                      AnswerFormat(input_tensor(), v1::DATA_TYPE_FLOAT32), field, tensor);
}

}  // namespace cae
