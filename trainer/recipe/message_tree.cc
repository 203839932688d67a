#include "trainer/recipe/message_tree.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "core/base/check.h"
#include "core/io/strict_json.h"
#include "trainer/recipe/recipe.pb.h"
#include "trainer/recipe/text_format.h"

namespace cae {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using Json = nlohmann::json;

const recipe::v1::Rule& RuleOf(const FieldDescriptor& field) {
  return field.options().GetExtension(recipe::v1::rule);
}

bool Keeps(const recipe::v1::Rule& rule, double value) {
  return (!rule.has_minimum() || value >= rule.minimum()) &&
         (!rule.has_above() || value > rule.above()) &&
         (!rule.has_maximum() || value <= rule.maximum()) &&
         (!rule.has_below() || value < rule.below());
}

std::uint64_t LargestOf(const FieldDescriptor& field) {
  const std::uint64_t largest = field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32
                                    ? std::numeric_limits<std::uint32_t>::max()
                                    : std::numeric_limits<std::uint64_t>::max();
  const recipe::v1::Rule& rule = RuleOf(field);
  return rule.has_maximum() ? static_cast<std::uint64_t>(rule.maximum()) : largest;
}

// "from 0 and below 1"
std::string RangeOf(const recipe::v1::Rule& rule) {
  std::vector<std::string> limits;
  if (rule.has_minimum()) limits.push_back(absl::StrCat("from ", rule.minimum()));
  if (rule.has_above()) limits.push_back(absl::StrCat("above ", rule.above()));
  if (rule.has_maximum()) limits.push_back(absl::StrCat("to ", rule.maximum()));
  if (rule.has_below()) limits.push_back(absl::StrCat("and below ", rule.below()));
  return absl::StrJoin(limits, " ");
}

// "logistic" for ACTIVATION_LOGISTIC of Activation.
std::string ShortWord(const EnumValueDescriptor& value) {
  const std::string prefix = absl::AsciiStrToUpper(value.type()->name()) + "_";
  return absl::AsciiStrToLower(value.name().substr(prefix.size()));
}

const EnumValueDescriptor* FindWord(const EnumDescriptor& words, const std::string& word) {
  for (int i = 0; i < words.value_count(); ++i) {
    const EnumValueDescriptor& value = *words.value(i);
    if (value.number() == 0) continue;  // "unspecified"
    if (absl::EqualsIgnoreCase(word, value.name()) ||
        absl::EqualsIgnoreCase(word, ShortWord(value))) {
      return &value;
    }
  }
  return nullptr;
}

// What the value of a field must be, for messages.
std::string NeededFor(const FieldDescriptor& field) {
  const recipe::v1::Rule& rule = RuleOf(field);
  if (field.is_repeated())
    return absl::StrCat("a list of ", rule.minimum(), " to ", rule.maximum());
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_STRING:
      return "a string";
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat("a number ", RangeOf(rule));
    case FieldDescriptor::CPPTYPE_ENUM: {
      std::vector<std::string> words;
      for (int i = 0; i < field.enum_type()->value_count(); ++i) {
        const EnumValueDescriptor& value = *field.enum_type()->value(i);
        if (value.number() != 0) words.push_back(absl::StrCat("\"", ShortWord(value), "\""));
      }
      return absl::StrCat("one of ", absl::StrJoin(words, ", "));
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "an object {...}";
    default:
      return absl::StrCat("a whole number from ", rule.minimum(), " to ", LargestOf(field));
  }
}

// A faulty value as messages show it: escaped, and cut where it is long.
std::string Shown(const Json& value) {
  constexpr std::size_t kMost = 60;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true, Json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

class Reader {
 public:
  explicit Reader(TreeFaults& faults) : faults_(faults) {}

  void Read(const Json& tree, const std::string& pointer, Message& message) {
    if (!tree.is_object()) {
      faults_[pointer] = absl::StrCat("is ", Shown(tree), "; it must be an object {...}");
      return;
    }
    const auto& type = *message.GetDescriptor();
    for (const auto& [name, value] : tree.items()) {
      const std::string at = PointerTo(pointer, name);
      const FieldDescriptor* field = type.FindFieldByName(name);
      if (field == nullptr) {
        faults_[at] = absl::StrCat("is not a field; the fields here are ", FieldsOf(message));
      } else if (!Set(value, at, *field, message)) {
        faults_[at] = absl::StrCat("is ", Shown(value), "; it must be ", NeededFor(*field));
      }
    }
    for (int i = 0; i < type.field_count(); ++i) {
      const FieldDescriptor& field = *type.field(i);
      if (RuleOf(field).required() && !tree.contains(field.name())) {
        faults_[PointerTo(pointer, field.name())] = "is missing";
      }
    }
    for (int i = 0; i < type.real_oneof_decl_count(); ++i) {
      CheckOneof(*type.oneof_decl(i), tree, pointer);
    }
  }

 private:
  static std::string PointerTo(const std::string& pointer, const std::string& name) {
    return absl::StrCat(pointer, "/", absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}}));
  }

  static std::string FieldsOf(const Message& message) {
    std::vector<std::string> names;
    names.reserve(message.GetDescriptor()->field_count());
    for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
      names.push_back(message.GetDescriptor()->field(i)->name());
    }
    return absl::StrJoin(names, ", ");
  }

  void CheckOneof(const OneofDescriptor& oneof, const Json& tree, const std::string& pointer) {
    std::string first;
    for (int i = 0; i < oneof.field_count(); ++i) {
      const std::string& name = oneof.field(i)->name();
      if (!tree.contains(name)) continue;
      const std::string at = PointerTo(pointer, name);
      if (!first.empty()) {
        faults_[at] = absl::StrCat("contradicts ", first, ": only one of them may be there");
      }
      if (first.empty()) first = at;
    }
  }

  // False: the value is not what the field needs. Faults within a message are noted on the way.
  bool Set(const Json& value, const std::string& at, const FieldDescriptor& field,
           Message& message) {
    const auto& reflection = *message.GetReflection();
    const recipe::v1::Rule& rule = RuleOf(field);
    if (field.is_repeated()) {
      // One element in text format is a list of one.
      const Json list = value.is_array() ? value : Json::array({value});
      if (!Keeps(rule, static_cast<double>(list.size()))) return false;
      if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
        return AddScalars(list, field, message);
      }
      if (!value.is_array() && !value.is_object()) return false;
      for (std::size_t i = 0; i < list.size(); ++i) {
        Read(list[i], absl::StrCat(at, "/", i), *reflection.AddMessage(&message, &field));
      }
      return true;
    }
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_MESSAGE:
        Read(value, at, *reflection.MutableMessage(&message, &field));
        return true;
      case FieldDescriptor::CPPTYPE_BOOL:
        if (!value.is_boolean()) return false;
        reflection.SetBool(&message, &field, value.get<bool>());
        return true;
      case FieldDescriptor::CPPTYPE_STRING:
        if (!value.is_string()) return false;
        reflection.SetString(&message, &field, value.get<std::string>());
        return true;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        if (!value.is_number() || !Keeps(rule, value.get<double>())) return false;
        reflection.SetDouble(&message, &field, value.get<double>());
        return true;
      case FieldDescriptor::CPPTYPE_ENUM: {
        const EnumValueDescriptor* word =
            value.is_string() ? FindWord(*field.enum_type(), value.get<std::string>()) : nullptr;
        if (word != nullptr) reflection.SetEnum(&message, &field, word);
        return word != nullptr;
      }
      default:
        return SetUnsigned(value, field, message);
    }
  }

  static bool AddScalars(const Json& list, const FieldDescriptor& field, Message& message) {
    const auto& reflection = *message.GetReflection();
    const bool numbers = field.cpp_type() == FieldDescriptor::CPPTYPE_DOUBLE;
    CAE_CHECK(numbers || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING, field.full_name());
    for (const Json& value : list) {
      if (numbers ? !value.is_number() : !value.is_string()) return false;
    }
    for (const Json& value : list) {
      if (numbers) {
        reflection.AddDouble(&message, &field, value.get<double>());
      } else {
        reflection.AddString(&message, &field, value.get<std::string>());
      }
    }
    return true;
  }

  static bool SetUnsigned(const Json& value, const FieldDescriptor& field, Message& message) {
    if (!value.is_number_unsigned()) return false;
    const auto number = value.get<std::uint64_t>();
    if (number > LargestOf(field) || !Keeps(RuleOf(field), static_cast<double>(number))) {
      return false;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_UINT32) {
      message.GetReflection()->SetUInt32(&message, &field, static_cast<std::uint32_t>(number));
    } else {
      CAE_CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_UINT64, field.full_name());
      message.GetReflection()->SetUInt64(&message, &field, number);
    }
    return true;
  }

  TreeFaults& faults_;
};

Json ScalarOf(const Message& message, const FieldDescriptor& field) {
  const auto& reflection = *message.GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return reflection.GetBool(message, &field);
    case FieldDescriptor::CPPTYPE_STRING:
      return reflection.GetString(message, &field);
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection.GetDouble(message, &field);
    case FieldDescriptor::CPPTYPE_ENUM:
      return ShortWord(*reflection.GetEnum(message, &field));
    case FieldDescriptor::CPPTYPE_UINT32:
      return reflection.GetUInt32(message, &field);
    default:
      return reflection.GetUInt64(message, &field);
  }
}

}  // namespace

absl::StatusOr<Json> ParseTree(absl::string_view text) {
  constexpr int kMaxDepth = 8;
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  if (absl::StartsWith(start, "{") || absl::StartsWith(start, "[")) {
    return ParseStrictJson(text, kMaxDepth);
  }
  return ParseTextFormat(text, kMaxDepth);
}

absl::Status StatusOf(const TreeFaults& faults, absl::string_view whole) {
  if (faults.empty()) return absl::OkStatus();
  const auto line = [whole](std::string* out, const TreeFaults::value_type& fault) {
    absl::StrAppend(out, fault.first.empty() ? whole : fault.first, ": ", fault.second);
  };
  return absl::InvalidArgumentError(
      absl::StrCat(faults.size(), faults.size() == 1 ? " fault:\n  " : " faults:\n  ",
                   absl::StrJoin(faults, "\n  ", line)));
}

void ReadMessage(const Json& tree, Message& message, TreeFaults& faults) {
  Reader(faults).Read(tree, "", message);
}

Json WriteMessage(const Message& message) {
  const auto& type = *message.GetDescriptor();
  const auto& reflection = *message.GetReflection();
  Json tree = Json::object();
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (field.is_repeated()) {
      CAE_CHECK(field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE, field.full_name());
      for (int j = 0; j < reflection.FieldSize(message, &field); ++j) {
        tree[field.name()].push_back(
            WriteMessage(reflection.GetRepeatedMessage(message, &field, j)));
      }
    } else if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      tree[field.name()] = ScalarOf(message, field);
    } else if (reflection.HasField(message, &field)) {
      tree[field.name()] = WriteMessage(reflection.GetMessage(message, &field));
    }
  }
  return tree;
}

}  // namespace cae
