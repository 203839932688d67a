#include "core/math/gemm.h"

#include <oneapi/dnnl/dnnl.h>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/math/onednn.h"

namespace cae {

void Gemm(Transpose transpose_a, Transpose transpose_b, float alpha, const ConstMatrixRef& a,
          const ConstMatrixRef& b, float beta, MatrixRef c) {
  const bool ta = transpose_a == Transpose::kYes;
  const bool tb = transpose_b == Transpose::kYes;
  const Index m = ta ? a.cols() : a.rows();
  const Index k = ta ? a.rows() : a.cols();
  const Index n = tb ? b.rows() : b.cols();
  CAE_CHECK(k == (tb ? b.cols() : b.rows()) && c.rows() == m && c.cols() == n,
            absl::StrCat("product of [", m, ", ", k, "] into [", c.rows(), ", ", c.cols(), "]"));
  if (m == 0 || n == 0) return;
  if (k == 0) {  // oneDNN refuses matrices without elements
    c = beta == 0 ? Matrix::Zero(m, n) : Matrix(beta * c);
    return;
  }
  onednn::UseCallingThreadOnly();
  const dnnl_status_t status =
      dnnl_sgemm(ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k, alpha, a.data(), a.outerStride(),
                 b.data(), b.outerStride(), beta, c.data(), c.outerStride());
  CAE_CHECK(status == dnnl_success, absl::StrCat("dnnl_sgemm returned ", status));
}

}  // namespace cae
