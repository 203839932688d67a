#include "core/math/activation.h"

#include <array>
#include <utility>

namespace cae {
namespace {

constexpr std::array<std::pair<Activation, absl::string_view>, 4> kNames = {
    {{Activation::kLogistic, "logistic"},
     {Activation::kTanh, "tanh"},
     {Activation::kRelu, "relu"},
     {Activation::kIdentity, "identity"}}};

}  // namespace

absl::string_view ActivationName(Activation activation) {
  for (const auto& [value, name] : kNames) {
    if (value == activation) return name;
  }
  return "unknown";
}

std::optional<Activation> ParseActivation(absl::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

}  // namespace cae
