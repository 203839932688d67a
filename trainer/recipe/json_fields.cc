#include "trainer/recipe/json_fields.h"

#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace cae {
namespace {

using Json = nlohmann::json;

// A faulty value as messages show it: escaped, and cut where it is long.
std::string Shown(const Json& value) {
  constexpr std::size_t kMost = 60;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

}  // namespace

JsonFields::JsonFields(const Json& object, std::string pointer, std::vector<std::string>& faults)
    : object_(object), pointer_(std::move(pointer)), faults_(faults) {
  if (!object_.is_object()) {
    faults_.push_back(absl::StrCat(pointer_.empty() ? "the recipe" : pointer_, ": is ",
                                   Shown(object_), "; it must be an object {...}"));
  }
}

std::string JsonFields::PointerTo(absl::string_view name) const {
  return absl::StrCat(pointer_, "/", absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}}));
}

const Json* JsonFields::Find(absl::string_view name) {
  known_.insert(std::string(name));
  if (!object_.is_object()) return nullptr;
  const auto found = object_.find(std::string(name));
  return found == object_.end() ? nullptr : &*found;
}

void JsonFields::Fault(absl::string_view name, absl::string_view needed) {
  faults_.push_back(
      absl::StrCat(PointerTo(name), ": is ", Shown(*Find(name)), "; it must be ", needed));
}

void JsonFields::Require(absl::string_view name) {
  if (object_.is_object() && Find(name) == nullptr) {
    faults_.push_back(absl::StrCat(PointerTo(name), ": is missing"));
  }
}

void JsonFields::Read(absl::string_view name, bool& target) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return Fault(name, "true or false");
  target = value->get<bool>();
}

void JsonFields::Read(absl::string_view name, std::string& target) {
  ReadText(name, "a string", target);
}

bool JsonFields::ReadText(absl::string_view name, absl::string_view needed, std::string& text) {
  const Json* value = Find(name);
  if (value == nullptr) return false;
  if (!value->is_string()) {
    Fault(name, needed);
    return false;
  }
  text = value->get<std::string>();
  return true;
}

void JsonFields::Read(absl::string_view name, double& target, Bound minimum, Bound maximum) {
  const Json* value = Find(name);
  if (value == nullptr) return;
  const double number = value->is_number() ? value->get<double>() : std::nan("");
  const bool above = minimum.inclusive ? number >= minimum.value : number > minimum.value;
  const bool below = maximum.inclusive ? number <= maximum.value : number < maximum.value;
  if (!above || !below) {
    return Fault(name,
                 absl::StrCat("a number ", minimum.inclusive ? "from " : "above ", minimum.value,
                              maximum.inclusive ? " to " : " and below ", maximum.value));
  }
  target = number;
}

bool JsonFields::ReadUnsigned(absl::string_view name, std::uint64_t minimum, std::uint64_t maximum,
                              std::uint64_t& value) {
  const Json* found = Find(name);
  if (found == nullptr) return false;
  if (!found->is_number_unsigned() || found->get<std::uint64_t>() < minimum ||
      found->get<std::uint64_t>() > maximum) {
    Fault(name, absl::StrCat("a whole number from ", minimum, " to ", maximum));
    return false;
  }
  value = found->get<std::uint64_t>();
  return true;
}

void JsonFields::RefuseOthers() {
  if (!object_.is_object()) return;
  for (const auto& [name, value] : object_.items()) {
    if (known_.count(name) > 0) continue;
    faults_.push_back(absl::StrCat(PointerTo(name), ": is not a field; the fields here are ",
                                   absl::StrJoin(known_, ", ")));
  }
}

}  // namespace cae
