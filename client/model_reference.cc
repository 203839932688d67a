#include "client/model_reference.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace cae {

absl::StatusOr<ModelReference> ModelReference::Parse(absl::string_view text) {
  ModelReference reference;
  const auto separator = text.find_first_of(":@");
  reference.name = std::string(text.substr(0, separator));
  bool valid = !reference.name.empty();
  if (separator != absl::string_view::npos) {
    const absl::string_view choice = text.substr(separator + 1);
    if (text[separator] == ':') {
      valid = valid && absl::SimpleAtoi(choice, &reference.version) && reference.version >= 1;
    } else {
      reference.label = std::string(choice);
      valid = valid && !choice.empty();
    }
  }
  if (!valid) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text, "' is no model: write NAME, NAME:VERSION with a version from 1 up, ",
        "or NAME@LABEL"));
  }
  return reference;
}

std::string ModelReference::ToString() const {
  if (version > 0) return absl::StrCat(name, ":", version);
  if (!label.empty()) return absl::StrCat(name, "@", label);
  return name;
}

v1::ModelSelector ModelReference::ToSelector() const {
  v1::ModelSelector selector;
  selector.set_name(name);
  if (version > 0) {
    selector.set_version(version);
  } else if (!label.empty()) {
    selector.set_label(label);
  }
  return selector;
}

}  // namespace cae
