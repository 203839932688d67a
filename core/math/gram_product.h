// GramProduct: products with AᵀA that never form it.
#ifndef CAE_CORE_MATH_GRAM_PRODUCT_H_
#define CAE_CORE_MATH_GRAM_PRODUCT_H_

#include "core/math/matrix.h"

namespace cae {

/// AᵀA V for the columns of V, [a.cols(), n], in double. Reads A once, and so is as good as two
/// products that would read it twice. A result's column depends on its own column of V alone; bits
/// may differ between instruction sets. Thread-safe.
Eigen::MatrixXd GramProduct(ConstMatrixView a, const Eigen::Ref<const Eigen::MatrixXd>& v);

}  // namespace cae

#endif  // CAE_CORE_MATH_GRAM_PRODUCT_H_
