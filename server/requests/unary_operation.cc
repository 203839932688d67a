#include "server/requests/unary_operation.h"

#include <utility>

#include "core/base/status_macros.h"
#include "server/requests/limit_check.h"

namespace cae {

absl::Status UnaryOperation::CheckAgainst(ServableHandle servable) {
  servable_ = std::move(servable);
  CAE_ASSIGN_OR_RETURN(const Index columns, CheckParameters());
  CAE_RETURN_IF_ERROR(rows_.CheckColumns(columns, *servable_));
  CAE_RETURN_IF_ERROR(CheckRowLimit(rows(), rows_.field(), *servable_));
  CAE_RETURN_IF_ERROR(CheckLimits());
  CAE_RETURN_IF_ERROR(CheckAnswerBytes(rows(), AnswerBytesPerRow(), *servable_));
  kernel_ = MakeKernel();
  return absl::OkStatus();
}

absl::Status UnaryOperation::CheckContents() {
  CAE_RETURN_IF_ERROR(rows_.CheckContents(Bounds(), *servable_));
  return CheckPreconditions();
}

const float* UnaryOperation::input_in_place() const {
  const auto view = rows_.view();
  return view.has_value() ? view->data() : nullptr;
}

}  // namespace cae
