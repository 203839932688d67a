#include "core/serving/row_kernel.h"

namespace cae {

const char* Name(RowOperation operation) {
  switch (operation) {
    case RowOperation::kEncode:
      return "Encode";
    case RowOperation::kDecode:
      return "Decode";
    case RowOperation::kReconstruct:
      return "Reconstruct";
    case RowOperation::kTangents:
      return "Tangents";
    case RowOperation::kClassify:
      return "Classify";
  }
  return "";
}

}  // namespace cae
