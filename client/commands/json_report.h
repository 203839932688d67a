// Results as JSON, for scripts: one object on standard output, in a fixed order of keys.
#ifndef CAE_CLIENT_COMMANDS_JSON_REPORT_H_
#define CAE_CLIENT_COMMANDS_JSON_REPORT_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>

#include "absl/types/span.h"
#include "cae/v1/cae_service.pb.h"
#include "cae/v1/model_service.pb.h"
#include "core/math/matrix.h"

namespace cae {

using Json = nlohmann::ordered_json;

/// The shortest number that reads back as this float; null for what is not finite.
Json NumberJson(float value);

/// {"model": {name, version, digest, fingerprint}}, what every result begins with.
Json ResultJson(const v1::ModelIdentity& model);

/// Nested arrays of this shape; or, where the numbers went to the file `output`, {file, shape}.
Json ArrayJson(ConstMatrixView values, absl::Span<const std::int64_t> shape,
               const std::string& output = "");
Json VectorJson(const Vector& values);

Json CardJson(const v1::Model& card);
Json DiagnosticsJson(const v1::SampleDiagnostics& diagnostics);

void PrintJson(const Json& json, std::ostream& out);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_JSON_REPORT_H_
