// The metadata of a model file: activations and the model card as strings, under the keys that
// docs/model_format.md lists.
#ifndef CAE_CORE_IO_MODEL_METADATA_H_
#define CAE_CORE_IO_MODEL_METADATA_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "core/model/model_parameters.h"

namespace cae {

using Metadata = std::map<std::string, std::string>;

/// All keys of format version 1 for this model. Thread-safe.
Metadata MakeModelMetadata(const ModelParameters& parameters);

/// Refuses a format version that this program does not know; INVALID_ARGUMENT says which it does.
/// To be called before anything else of the file is looked at.
absl::Status CheckFormatVersion(const Metadata& metadata);

/// Fills the card and the activations of the layers, whose number is already set. INVALID_ARGUMENT
/// naming the key: missing, unknown below "cae.", or with a value that cannot be read. Keys of
/// other programs are ignored.
absl::Status ReadModelMetadata(const Metadata& metadata, ModelParameters& parameters);

}  // namespace cae

#endif  // CAE_CORE_IO_MODEL_METADATA_H_
