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
#include "client/commands/output_file.h"

namespace cae {

using Json = nlohmann::ordered_json;

/// The shortest number that reads back as this float; null for what is not finite.
Json NumberJson(float value);

/// {"model": {name, version, digest, fingerprint}}, what every result begins with.
Json ResultJson(const v1::ModelIdentity& model);

/// Adds each array under its name: nested arrays of its shape, or, where its numbers went to the
/// file `output`, {file, shape}, for an archive {file, array, shape}. A file that is no archive has
/// the first alone.
void AddArraysJson(absl::Span<const OutputArray> arrays, const std::string& output, Json& json);

Json CardJson(const v1::Model& card);
Json DiagnosticsJson(const v1::SampleDiagnostics& diagnostics);

void PrintJson(const Json& json, std::ostream& out);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_JSON_REPORT_H_
