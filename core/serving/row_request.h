// RowRequest: one unary request, as the batcher sees it.
#ifndef CAE_CORE_SERVING_ROW_REQUEST_H_
#define CAE_CORE_SERVING_ROW_REQUEST_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "core/math/matrix.h"
#include "core/serving/row_kernel.h"

namespace cae {

/// Rows to send through a kernel. The batcher calls its methods on compute threads (Finish also
/// where RowBatcher says so), holding no lock: they may add other requests. ReadRows and WriteRows
/// of distinct rows may run at the same time; all else is const. It must live until Finish is
/// called and is not touched after that; its rows(), kernel() and addresses stay the same
/// meanwhile.
class RowRequest {
 public:
  RowRequest() = default;
  virtual ~RowRequest() = default;
  RowRequest(const RowRequest&) = delete;
  RowRequest& operator=(const RowRequest&) = delete;

  virtual const RowKernel& kernel() const = 0;
  /// ≥ 0. A request without rows is finished as soon as it is added.
  virtual Index rows() const = 0;

  /// All rows, [rows(), kernel().input_columns()] row-major, where they lie in memory as the kernel
  /// reads them; else null, and ReadRows is called.
  virtual const float* input_in_place() const { return nullptr; }
  /// Writes rows [first, first + into.rows()) over `into`. An error ends the request.
  virtual absl::Status ReadRows(Index first, MatrixView into) = 0;

  /// Where all rows of the answer belong, [rows(), kernel().output_columns()] row-major; else null.
  /// Asked for once the first rows have been read.
  virtual float* output_in_place() { return nullptr; }
  /// Takes rows [first, first + rows.rows()) of the answer. Where output_in_place() is not null
  /// they stand there already (and `rows` shows them), so that it may do nothing. An error ends
  /// the request.
  virtual absl::Status WriteRows(Index first, ConstMatrixView rows) = 0;

  /// OK while somebody waits for the answer; else CANCELLED or DEADLINE_EXCEEDED, and the rows
  /// that are not computed yet will not be. Cheap: asked before each tile and between products.
  virtual absl::Status Interruption() const = 0;

  /// The last call, exactly one: OK once all rows are written; or why they will not be.
  virtual void Finish(const absl::Status& status) = 0;

 private:
  friend class RowBatcher;
  friend class RowQueue;
  /// The batcher's own notes, guarded by its lock.
  struct Progress {
    Index taken = 0;           ///< rows that are in tiles or done
    Index done = 0;            ///< rows that came back
    bool queued = false;       ///< rows wait
    std::uint64_t turn = 0;    ///< the queue's, while rows wait
    std::int64_t backlog = 0;  ///< nanoseconds that the rows that wait are expected to take
    Index dropped = 0;         ///< rows that waited when the request was given up
    absl::Time added;
    absl::Status status;  ///< the first error
  };
  Progress progress_;
};

}  // namespace cae

#endif  // CAE_CORE_SERVING_ROW_REQUEST_H_
