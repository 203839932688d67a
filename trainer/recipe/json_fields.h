// JsonFields: reads the fields of a JSON object and collects every fault instead of stopping at the
// first.
#ifndef CAE_TRAINER_RECIPE_JSON_FIELDS_H_
#define CAE_TRAINER_RECIPE_JSON_FIELDS_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace cae {

/// An end of a range of numbers.
struct Bound {
  double value;
  bool inclusive = true;
};

/// Reads one object. A field that is absent leaves its target as it was; a faulty one too, with a
/// line "POINTER: what came, what is allowed" in the list of faults. Destroying it changes nothing:
/// call RefuseOthers() last. Thread-compatible; the object and the list must outlive it.
class JsonFields {
 public:
  /// `pointer` is the object's own JSON pointer, "" for the whole document. A value that is no
  /// object is a fault and has no fields.
  JsonFields(const nlohmann::json& object, std::string pointer, std::vector<std::string>& faults);

  /// Makes the absence of a field a fault. Before or after reading it.
  void Require(absl::string_view name);

  void Read(absl::string_view name, bool& target);
  void Read(absl::string_view name, std::string& target);
  void Read(absl::string_view name, double& target, Bound minimum, Bound maximum);
  /// Whole numbers in [minimum, maximum]; Integer is any integer type that holds them.
  template <typename Integer>
  void ReadInteger(absl::string_view name, Integer& target, std::uint64_t minimum,
                   std::uint64_t maximum) {
    std::uint64_t value = 0;
    if (ReadUnsigned(name, minimum, maximum, value)) target = static_cast<Integer>(value);
  }
  /// One of a few words.
  template <typename Value>
  void ReadWord(absl::string_view name,
                const std::vector<std::pair<absl::string_view, Value>>& words, Value& target) {
    std::string list, word;
    for (const auto& [known, value] : words) {
      list += (list.empty() ? "\"" : ", \"") + std::string(known) + "\"";
    }
    if (!ReadText(name, "one of " + list, word)) return;
    for (const auto& [known, value] : words) {
      if (known == word) {
        target = value;
        return;
      }
    }
    Fault(name, "one of " + list);
  }

  /// The value of a field that is an object or an array, nullptr where it is absent.
  const nlohmann::json* Find(absl::string_view name);
  /// The JSON pointer of a field.
  std::string PointerTo(absl::string_view name) const;

  /// Reports every field that nothing above asked for.
  void RefuseOthers();

 private:
  bool ReadUnsigned(absl::string_view name, std::uint64_t minimum, std::uint64_t maximum,
                    std::uint64_t& value);
  bool ReadText(absl::string_view name, absl::string_view needed, std::string& text);
  void Fault(absl::string_view name, absl::string_view needed);

  const nlohmann::json& object_;
  const std::string pointer_;
  std::vector<std::string>& faults_;
  std::set<std::string> known_;
};

}  // namespace cae

#endif  // CAE_TRAINER_RECIPE_JSON_FIELDS_H_
