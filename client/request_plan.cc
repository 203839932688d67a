#include "client/request_plan.h"

#include <algorithm>
#include <limits>

namespace cae {
namespace {

// Everything in a message that is not elements of tensors: identities, shapes, field numbers.
constexpr std::int64_t kEnvelopeBytes = 4096;

}  // namespace

Index RowsPerRequest(const v1::ModelLimits& limits, const RowCost& cost) {
  Index rows = limits.max_rows() > 0 ? limits.max_rows() : std::numeric_limits<Index>::max();
  if (limits.max_message_bytes() > 0) {
    const std::int64_t bytes = limits.max_message_bytes() - kEnvelopeBytes;
    const std::int64_t row = std::max({cost.request_bytes, cost.response_bytes, std::int64_t{1}});
    rows = std::min<Index>(rows, bytes / row);
  }
  return std::max<Index>(rows, 1);
}

std::int64_t LayerUnits(const v1::Model& card, int layer) {
  const int index = layer == 0 ? card.layers_size() - 1 : layer - 1;
  return index >= 0 && index < card.layers_size() ? card.layers(index).units() : 0;
}

}  // namespace cae
