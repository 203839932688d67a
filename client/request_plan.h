// How many rows of a large batch go into one request.
#ifndef CAE_CLIENT_REQUEST_PLAN_H_
#define CAE_CLIENT_REQUEST_PLAN_H_

#include <cstdint>

#include "cae/v1/model_service.pb.h"
#include "core/math/matrix.h"

namespace cae {

/// What one row costs on the wire, in bytes.
struct RowCost {
  std::int64_t request_bytes = 0;
  std::int64_t response_bytes = 0;
};

/// The most rows of a request such that neither max_rows nor, in either direction,
/// max_message_bytes is passed; at least 1, so that a row that fits nowhere is refused by the
/// server in its own words. Limits of 0 mean that the card has none.
Index RowsPerRequest(const v1::ModelLimits& limits, const RowCost& cost);

/// Units of a layer of the card, 0 = the top; 0 where there is no such layer.
std::int64_t LayerUnits(const v1::Model& card, int layer);

}  // namespace cae

#endif  // CAE_CLIENT_REQUEST_PLAN_H_
