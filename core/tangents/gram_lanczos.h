// GramLanczos: tangents at many points in lockstep, one matrix product a step.
#ifndef CAE_CORE_TANGENTS_GRAM_LANCZOS_H_
#define CAE_CORE_TANGENTS_GRAM_LANCZOS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "core/math/workspace.h"
#include "core/math/yield_point.h"
#include "core/model/jacobian_batch.h"
#include "core/tangents/lanczos_row.h"
#include "core/tangents/tangent_batch.h"

namespace cae {

/// On which side of J Lanczos runs: the near one.
struct GramLanczosPlan {
  bool on_codes;      ///< A = J Jᵀ on codes; otherwise A = Jᵀ J on inputs
  double step_flops;  ///< of one product with A at one point
  double side_flops;  ///< of one product with J or Jᵀ

  /// The side that costs less; where both cost the same, the one with shorter vectors.
  static GramLanczosPlan For(const Autoencoder& model, int first, int last);
};

/// The first method of the ladder, for one call: up to 32 points run side by side, each in a slot
/// that it leaves when it is done and the next point takes. Then the far vectors from Y = Jᵀ U (or
/// J V) by orthogonalisation and a small singular value decomposition, so that in the end nothing
/// comes from the square of J, and residuals measured with J itself. Thread-compatible; `workspace`
/// keeps the memory.
class GramLanczos {
 public:
  /// Refers to all of them. `tangents` has its final shape.
  GramLanczos(const GramLanczosPlan& plan, const JacobianBatch& jacobians, Index rank,
              double tolerance, TangentBatch& tangents, Workspace& workspace);

  /// Fills the points that succeed, and names the others in `failed`.
  absl::Status Run(YieldPoint yield, std::vector<Index>& failed);

 private:
  struct Slot {
    float* memory = nullptr;
    bool busy = false;
    int refinements = 0;
    Index point = 0;
    LanczosRow row;
  };

  void FillSlots();
  absl::Status Step(YieldPoint yield);
  absl::Status FinishConverged(YieldPoint yield);
  /// The triplets of one point from the image [rank, far] of its near vectors.
  void Rotate(const Slot& slot, const float* image);
  /// One step of subspace iteration: the near vectors become those of the image [rank, near] of the
  /// far vectors. What rounding in the square of J left in them shrinks by as much as J shrinks it.
  void Refine(Slot& slot, const float* image);
  /// Takes the image [rank, near] of its far vectors into its residuals. False if a residual is too
  /// large.
  bool Measure(Index point, const float* image);
  /// ‖a − factor b‖, [size] each.
  double Distance(const float* a, double factor, const float* b, Index size);

  /// A times each vector: [m, near] → [m, near].
  absl::Status Multiply(YieldPoint yield);
  /// [m, near] → [m, far], and back.
  absl::Status ToFar(const float* in, float* out, YieldPoint yield);
  absl::Status ToNear(const float* in, float* out, YieldPoint yield);

  const GramLanczosPlan plan_;
  const JacobianBatch& jacobians_;
  const Index rank_;
  const double tolerance_;
  TangentBatch& tangents_;
  Workspace& workspace_;
  const Index near_, far_;
  Index finish_points_;  ///< points that are finished together
  Index next_point_ = 0;
  std::vector<Slot> slots_;
  std::vector<Slot*> done_;    ///< that are finished together
  std::vector<Index> points_;  ///< to which the vectors of a product belong
  std::vector<Index> failed_;
  // In the workspace:
  float* in_;           ///< vectors of a product
  float* out_;          ///< its result
  float* between_;      ///< between the two products of Jᵀ J
  float* image_;        ///< [rank, far stride]: Y of one point
  float* orthonormal_;  ///< [rank, far stride]: Q with Y = L Q
  float* line_;         ///< [largest stride]: one vector
  float* other_line_;   ///< another
  float* inner_;        ///< [rank]: coefficients
};

}  // namespace cae

#endif  // CAE_CORE_TANGENTS_GRAM_LANCZOS_H_
