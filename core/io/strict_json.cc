#include "core/io/strict_json.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/io/quoted.h"

namespace cae {
namespace {

/// Walks the events of the parser and stops it at the first thing that is not allowed.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Checker(int max_depth) : max_depth_(max_depth) {}

  const absl::Status& status() const { return status_; }

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }

  bool start_object(std::size_t) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool start_array(std::size_t) override { return Enter(); }
  bool end_array() override { return Leave(); }

  bool key(string_t& name) override {
    if (keys_.back().insert(name).second) return true;
    return Fail(absl::StrCat("the key ", Quoted(name), " comes twice"));
  }

  bool parse_error(std::size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The parser's own words quote the text, whose bytes do not belong in a log as they are.
    return Fail(
        absl::StrCat("it is not JSON at byte ", position, " (parser error ", error.id, ")"));
  }

 private:
  bool Enter() {
    keys_.emplace_back();
    if (static_cast<int>(keys_.size()) <= max_depth_) return true;
    return Fail(absl::StrCat("it is nested deeper than ", max_depth_, " levels"));
  }
  bool Leave() {
    keys_.pop_back();
    return true;
  }
  bool Fail(absl::string_view reason) {
    status_ = absl::InvalidArgumentError(reason);
    return false;
  }

  const int max_depth_;
  std::vector<std::set<std::string>> keys_;  // of each object or array that is open
  absl::Status status_;
};

}  // namespace

absl::StatusOr<nlohmann::json> ParseStrictJson(absl::string_view text, int max_depth) {
  // The parser takes a zero byte for the end of the text and would not see what comes after it.
  if (absl::StrContains(text, '\0')) {
    return absl::InvalidArgumentError("it is not JSON: it has a zero byte");
  }
  Checker checker(max_depth);
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &checker)) {
    return checker.status().ok() ? absl::InvalidArgumentError("it is not JSON") : checker.status();
  }
  return nlohmann::json::parse(text.begin(), text.end(), /*cb=*/nullptr,
                               /*allow_exceptions=*/false);
}

}  // namespace cae
