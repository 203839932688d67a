#include "core/diagnostics/class_transitions.h"

#include <utility>

#include "core/base/check.h"

namespace cae {

void ClassTransitions::Observe(ConstMatrixView logits) {
  CAE_CHECK(logits.cols() == classes_, "logits of another model");
  std::vector<Index> now(static_cast<std::size_t>(logits.rows()));
  for (Index chain = 0; chain < logits.rows(); ++chain) {
    logits.row(chain).maxCoeff(&now[static_cast<std::size_t>(chain)]);
  }
  CAE_CHECK(last_.empty() || last_.size() == now.size(), "another number of chains than before");
  for (std::size_t chain = 0; chain < last_.size(); ++chain) {
    ++counts_[static_cast<std::size_t>(last_[chain] * classes_ + now[chain])];
  }
  last_ = std::move(now);
}

}  // namespace cae
