#include "trainer/base/state_archive.h"

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "core/io/strict_json.h"

namespace cae {
namespace {

absl::Status NoSuchValue(absl::string_view name, absl::string_view text) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" of the checkpoint cannot be \"", text, "\""));
}

}  // namespace

void StateArchive::Floats(absl::string_view name, Matrix& matrix) {
  Floats(name, absl::MakeSpan(matrix.data(), static_cast<std::size_t>(matrix.size())));
}

void StateArchive::Floats(absl::string_view name, Vector& vector) {
  Floats(name, absl::MakeSpan(vector.data(), static_cast<std::size_t>(vector.size())));
}

void StateArchive::Integer(absl::string_view name, std::int64_t& value) {
  std::string text = absl::StrCat(value);
  Text(name, text);
  if (restoring() && status_.ok() && !absl::SimpleAtoi(text, &value)) {
    Fail(NoSuchValue(name, text));
  }
}

void StateArchive::Real(absl::string_view name, double& value) {
  std::string text = absl::StrFormat("%.17g", value);
  Text(name, text);
  if (restoring() && status_.ok() && !absl::SimpleAtod(text, &value)) {
    Fail(NoSuchValue(name, text));
  }
}

void StateArchive::Texts(absl::string_view name, std::map<std::string, std::string>& texts) {
  std::string json =
      nlohmann::json(texts).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  Text(name, json);
  if (!restoring() || !status_.ok()) return;
  const absl::StatusOr<nlohmann::json> parsed = ParseStrictJson(json, /*max_depth=*/2);
  if (!parsed.ok() || !parsed->is_object()) return Fail(NoSuchValue(name, json));
  std::map<std::string, std::string> read;
  for (const auto& [key, value] : parsed->items()) {
    if (!value.is_string()) return Fail(NoSuchValue(name, json));
    read[key] = value.get<std::string>();
  }
  texts = std::move(read);
}

}  // namespace cae
