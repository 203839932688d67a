// Which versions of the repository are loaded: the version policies, applied.
#ifndef CAE_SERVER_MODEL_SELECTION_H_
#define CAE_SERVER_MODEL_SELECTION_H_

#include <string>
#include <vector>

#include "cae/v1/server_config.pb.h"
#include "core/serving/repository.h"

namespace cae {

struct ModelSelection {
  std::vector<RepositoryEntry> load;   ///< to be served
  std::vector<RepositoryEntry> leave;  ///< versions of served models that no policy wants
  /// What the configuration names and the repository lacks, one sentence each.
  std::vector<std::string> missing;
};

/// A pure function of what there is and what is wanted. `repository` must have been checked.
ModelSelection SelectModels(const RepositoryListing& listing,
                            const v1::RepositoryConfig& repository);

}  // namespace cae

#endif  // CAE_SERVER_MODEL_SELECTION_H_
