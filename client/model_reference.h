// ModelReference: which model, as people write it: "mnist-cae1", "mnist-cae1:3",
// "mnist-cae1@stable".
#ifndef CAE_CLIENT_MODEL_REFERENCE_H_
#define CAE_CLIENT_MODEL_REFERENCE_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cae/v1/model_service.pb.h"

namespace cae {

/// Plain data. Neither version nor label: the version that the server serves by default.
struct ModelReference {
  std::string name = {};
  std::int64_t version = 0;  ///< 0 = not this
  std::string label = {};    ///< empty = not this; not together with a version

  /// NAME, NAME:VERSION or NAME@LABEL; INVALID_ARGUMENT for anything else. Whether such a model
  /// exists is the server's to say.
  static absl::StatusOr<ModelReference> Parse(absl::string_view text);

  /// The inverse of Parse.
  std::string ToString() const;
  v1::ModelSelector ToSelector() const;
};

}  // namespace cae

#endif  // CAE_CLIENT_MODEL_REFERENCE_H_
