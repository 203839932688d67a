#include "server/config/config_field.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "core/base/check.h"

namespace cae {
namespace {

using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;

absl::Status Wanted(absl::string_view what, absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is not ", what));
}

}  // namespace

std::string EnumWord(const EnumValueDescriptor& value) {
  // The zero value shows how long the prefix is that all values of the enumeration share.
  constexpr absl::string_view kZero = "UNSPECIFIED";
  const absl::string_view zero = value.type()->value(0)->name();
  return absl::AsciiStrToLower(absl::string_view(value.name()).substr(zero.size() - kZero.size()));
}

ConfigField::ConfigField(v1::ServerConfig& config, absl::string_view path) : message_(&config) {
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i < names.size(); ++i) {
    field_ = message_->GetDescriptor()->FindFieldByName(names[i]);
    CAE_CHECK(field_ != nullptr && !field_->is_repeated(), path);
    if (i + 1 < names.size())
      message_ = message_->GetReflection()->MutableMessage(message_, field_);
  }
}

bool ConfigField::is_set() const { return message_->GetReflection()->HasField(*message_, field_); }

bool ConfigField::is_number() const {
  const auto type = field_->cpp_type();
  return type == FieldDescriptor::CPPTYPE_INT32 || type == FieldDescriptor::CPPTYPE_INT64 ||
         type == FieldDescriptor::CPPTYPE_DOUBLE;
}

double ConfigField::number() const {
  const auto* reflection = message_->GetReflection();
  switch (field_->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return reflection->GetInt32(*message_, field_);
    case FieldDescriptor::CPPTYPE_INT64:
      return static_cast<double>(reflection->GetInt64(*message_, field_));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return reflection->GetDouble(*message_, field_);
    default:
      CAE_CHECK(false, absl::StrCat(field_->name(), " is no number"));
  }
}

std::string ConfigField::string() const {
  return message_->GetReflection()->GetString(*message_, field_);
}

bool ConfigField::is_known_value() const {
  if (field_->cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return true;
  const int value = message_->GetReflection()->GetEnumValue(*message_, field_);
  return field_->enum_type()->FindValueByNumber(value) != nullptr;
}

absl::Status ConfigField::SetFromText(absl::string_view text) {
  const auto* reflection = message_->GetReflection();
  switch (field_->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32: {
      std::int32_t value = 0;
      if (!absl::SimpleAtoi(text, &value)) return Wanted("a whole number of 32 bits", text);
      reflection->SetInt32(message_, field_, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_INT64: {
      std::int64_t value = 0;
      if (!absl::SimpleAtoi(text, &value)) return Wanted("a whole number of 64 bits", text);
      reflection->SetInt64(message_, field_, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      double value = 0;
      if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) return Wanted("a number", text);
      reflection->SetDouble(message_, field_, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_BOOL: {
      bool value = false;
      if (!absl::SimpleAtob(text, &value)) return Wanted("true or false", text);
      reflection->SetBool(message_, field_, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_STRING:
      reflection->SetString(message_, field_, std::string(text));
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_ENUM: {
      std::vector<std::string> names;
      for (int i = 1; i < field_->enum_type()->value_count(); ++i) {
        const EnumValueDescriptor& value = *field_->enum_type()->value(i);
        names.push_back(EnumWord(value));
        if (names.back() != text) continue;
        reflection->SetEnum(message_, field_, &value);
        return absl::OkStatus();
      }
      return Wanted(absl::StrCat("one of ", absl::StrJoin(names, ", ")), text);
    }
    default:
      CAE_CHECK(false, absl::StrCat(field_->name(), " cannot be set from text"));
  }
}

}  // namespace cae
