// SamplePlanner: a Sample request, from its checks to the plan of its chains.
#ifndef CAE_SERVER_REQUESTS_SAMPLE_PLANNER_H_
#define CAE_SERVER_REQUESTS_SAMPLE_PLANNER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cae/v1/cae_service.pb.h"
#include "core/math/workspace.h"
#include "core/serving/servable.h"
#include "server/requests/request_rows.h"
#include "server/requests/sample_plan.h"

namespace cae {

/// Whoever runs a stream calls, each once and in this order, giving up at the first error:
///
///   CheckItself        row 3 of the error table, before the model is known
///   CheckAgainst       rows 4 and 5; chooses what the request leaves open
///   CheckContents      rows 6 and 7; not on a thread of the network unless contents_are_small()
///   ComputeStates      the plan with the chains' first states; on a compute thread
///
/// Refers to the request, which must outlive it. Thread-compatible.
class SamplePlanner {
 public:
  explicit SamplePlanner(const v1::SampleRequest& request);

  const v1::ModelSelector& selector() const { return request_.model(); }
  bool contents_are_small() const { return start_.is_small(); }
  std::int64_t chains() const { return plan_.chains; }
  /// What the chains will be, without their states; from CheckAgainst() on.
  const ChainStreamSpec& spec() const { return plan_.spec; }

  absl::Status CheckItself() const;
  absl::Status CheckAgainst(ServableHandle servable);
  absl::Status CheckContents();
  SamplePlan ComputeStates(Workspace& workspace);

 private:
  bool resumes() const { return request_.has_resume_from(); }
  /// Whether the client brings numbers to start from: a state or inputs.
  bool brings_start() const { return resumes() || request_.has_initial_inputs(); }
  const Servable& servable() const { return *plan_.spec.servable; }

  absl::Status CheckCounts() const;
  absl::Status CheckChoices() const;
  absl::Status CheckStartShape();
  void ChooseFromState();
  void ChooseFromRequest();
  absl::Status CheckChainLimit() const;
  absl::Status CheckMessageLimit() const;
  /// Lets draws without end end where the noise counter does.
  absl::Status CheckCounterLimit();
  absl::Status CheckTransitionLimit() const;
  /// Whether a classifier is asked for that the model lacks.
  bool lacks_classifier() const {
    return plan_.diagnostics == v1::DIAGNOSTICS_LEVEL_CLASSES &&
           !servable().autoencoder->has_classifier();
  }

  const v1::SampleRequest& request_;
  RequestRows start_;  ///< rows of the state or of the initial inputs
  SamplePlan plan_;
};

}  // namespace cae

#endif  // CAE_SERVER_REQUESTS_SAMPLE_PLANNER_H_
