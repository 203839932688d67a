#include "trainer/recipe/text_format.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "core/io/quoted.h"

namespace cae {
namespace {

using google::protobuf::io::Tokenizer;
using Json = nlohmann::json;

class Faults final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    // Lines and columns count from 0 here, and from 1 everywhere else.
    faults_.push_back(absl::StrCat("line ", line + 1, " column ", column + 1, ": ", message));
  }

  bool none() const { return faults_.empty(); }
  absl::Status AsStatus() const {
    constexpr std::size_t kMost = 20;
    const std::size_t shown = std::min(kMost, faults_.size());
    return absl::InvalidArgumentError(
        absl::StrCat(faults_.size(), faults_.size() == 1 ? " fault:\n  " : " faults:\n  ",
                     absl::StrJoin(faults_.begin(),
                                   faults_.begin() + static_cast<std::ptrdiff_t>(shown), "\n  ")));
  }

 private:
  std::vector<std::string> faults_;
};

// One pass, top down. Every function returns false after a fault of the grammar, which ends it; the
// tokenizer goes on behind its own faults.
class Parser {
 public:
  Parser(Tokenizer& tokenizer, Faults& faults, int max_depth)
      : tokenizer_(tokenizer), faults_(faults), max_depth_(max_depth) {
    tokenizer_.set_comment_style(Tokenizer::SH_COMMENT_STYLE);
    tokenizer_.set_allow_f_after_float(true);
    tokenizer_.Next();
  }

  // Fields up to `end`, "" = the end of the text, which is consumed too.
  bool ParseFields(absl::string_view end, int depth, Json& message) {
    message = Json::object();
    if (depth > max_depth_) return Fail(absl::StrCat("deeper than ", max_depth_, " levels"));
    while (!AtEnd(end)) {
      const std::string name = tokenizer_.current().text;
      if (!At(Tokenizer::TYPE_IDENTIFIER)) return Expected("the name of a field");
      tokenizer_.Next();
      if (!ParseField(name, depth, message)) return false;
      if (!Take(";")) Take(",");
    }
    tokenizer_.Next();
    return true;
  }

 private:
  bool ParseField(const std::string& name, int depth, Json& message) {
    const bool colon = Take(":");
    if (!colon && !AtSymbol("{") && !AtSymbol("<")) return Expected("':' or '{'");
    Json value;
    if (AtSymbol("[")) {
      if (!ParseList(depth, value)) return false;
    } else if (!ParseValue(depth, value)) {
      return false;
    }
    const auto earlier = message.find(name);
    if (earlier == message.end()) {
      message[name] = std::move(value);
      return true;
    }
    if (!earlier->is_array()) *earlier = Json::array({std::move(*earlier)});
    if (!value.is_array()) value = Json::array({std::move(value)});
    earlier->insert(earlier->end(), value.begin(), value.end());
    return true;
  }

  bool ParseList(int depth, Json& list) {
    list = Json::array();
    tokenizer_.Next();
    if (Take("]")) return true;
    do {
      Json element;
      if (!ParseValue(depth, element)) return false;
      list.push_back(std::move(element));
    } while (Take(","));
    return Take("]") || Expected("',' or ']'");
  }

  bool ParseValue(int depth, Json& value) {
    if (Take("{")) return ParseFields("}", depth + 1, value);
    if (Take("<")) return ParseFields(">", depth + 1, value);
    if (At(Tokenizer::TYPE_STRING)) return ParseString(value);
    const bool negative = Take("-");
    if (!negative && At(Tokenizer::TYPE_IDENTIFIER)) {
      const std::string& word = tokenizer_.current().text;
      value = word == "true" ? Json(true) : word == "false" ? Json(false) : Json(word);
    } else if (At(Tokenizer::TYPE_INTEGER)) {
      value = IntegerOf(tokenizer_.current().text, negative);
    } else if (At(Tokenizer::TYPE_FLOAT)) {
      const double number = Tokenizer::ParseFloat(tokenizer_.current().text);
      value = negative ? -number : number;
    } else {
      return Expected("a value");
    }
    tokenizer_.Next();
    return true;
  }

  // Strings that stand side by side are one.
  bool ParseString(Json& value) {
    std::string text;
    for (; At(Tokenizer::TYPE_STRING); tokenizer_.Next()) {
      Tokenizer::ParseStringAppend(tokenizer_.current().text, &text);
    }
    value = std::move(text);
    return true;
  }

  static Json IntegerOf(const std::string& text, bool negative) {
    std::uint64_t number = 0;
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    if (!Tokenizer::ParseInteger(text, kMost, &number)) {
      const double large = Tokenizer::ParseFloat(text);
      return negative ? -large : large;
    }
    if (!negative) return number;
    if (number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return -static_cast<double>(number);
    }
    return -static_cast<std::int64_t>(number);
  }

  bool At(Tokenizer::TokenType type) const { return tokenizer_.current().type == type; }
  bool AtSymbol(absl::string_view symbol) const {
    return At(Tokenizer::TYPE_SYMBOL) && tokenizer_.current().text == symbol;
  }
  bool AtEnd(absl::string_view end) const {
    return end.empty() ? At(Tokenizer::TYPE_END) : AtSymbol(end);
  }
  bool Take(absl::string_view symbol) {
    if (!AtSymbol(symbol)) return false;
    tokenizer_.Next();
    return true;
  }
  bool Expected(absl::string_view what) {
    const Tokenizer::Token& token = tokenizer_.current();
    return Fail(absl::StrCat(
        "expected ", what, ", found ",
        token.type == Tokenizer::TYPE_END ? "the end of the text" : Quoted(token.text)));
  }
  bool Fail(const std::string& message) {
    faults_.AddError(tokenizer_.current().line, tokenizer_.current().column, message);
    return false;
  }

  Tokenizer& tokenizer_;
  Faults& faults_;
  const int max_depth_;
};

}  // namespace

absl::StatusOr<nlohmann::json> ParseTextFormat(absl::string_view text, int max_depth) {
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  Faults faults;
  Tokenizer tokenizer(&stream, &faults);
  Json message;
  Parser(tokenizer, faults, max_depth).ParseFields("", 1, message);
  if (!faults.none()) return faults.AsStatus();
  return message;
}

}  // namespace cae
