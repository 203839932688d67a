// The table of settings says what server_config.proto documents.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "cae/v1/server_config.pb.h"
#include "server/config/setting.h"
#include "tests/testing/temp_repository.h"

namespace cae {
namespace {

/// The comment of every field by "Message.field", without punctuation that numbers and words may
/// have, in small letters.
std::map<std::string, std::string> Comments() {
  std::map<std::string, std::string> comments;
  std::string message;
  std::string comment;
  for (const absl::string_view raw :
       absl::StrSplit(testing::FileContents("proto/cae/v1/server_config.proto"), '\n')) {
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words[0] == "message") message = words[1];
    if (words[0] == "//") {
      absl::StrAppend(&comment, line.substr(2));
      continue;
    }
    const auto equals = std::find(words.begin(), words.end(), "=");
    if (equals != words.begin() && equals != words.end()) {
      comments[absl::StrCat(message, ".", *(equals - 1))] = absl::AsciiStrToLower(
          absl::StrReplaceAll(comment, {{"\"", ""}, {",", ""}, {"2^40", "1099511627776"}}));
    }
    comment.clear();
  }
  return comments;
}

/// "LimitsConfig.max_rows" for "limits.max_rows".
std::string FieldName(absl::string_view path) {
  const google::protobuf::Descriptor* message = v1::ServerConfig::descriptor();
  const std::vector<std::string> names = absl::StrSplit(path, '.');
  for (std::size_t i = 0; i + 1 < names.size(); ++i) {
    message = message->FindFieldByName(names[i])->message_type();
  }
  return absl::StrCat(message->name(), ".", names.back());
}

TEST(DocumentedDefaultsTest, DefaultsAndRangesAreThoseOfTheProtoFile) {
  const auto comments = Comments();
  for (const Setting& setting : Settings()) {
    const auto found = comments.find(FieldName(setting.path));
    ASSERT_NE(found, comments.end()) << setting.path;
    const std::string& comment = found->second;
    if (setting.default_value.empty()) {
      EXPECT_THAT(comment, ::testing::HasSubstr("(default)")) << setting.path;
    } else {
      EXPECT_THAT(comment, ::testing::ContainsRegex(
                               absl::StrCat("default:? ", setting.default_value, "[ ;.]?")))
          << setting.path;
    }
    const bool zero = setting.rule == Setting::Rule::kZeroOrRange;
    if (!zero && setting.rule != Setting::Rule::kRange) continue;
    EXPECT_THAT(comment,
                ::testing::HasSubstr(absl::StrFormat("range %s%.15g .. %.15g", zero ? "0 or " : "",
                                                     setting.minimum, setting.maximum)))
        << setting.path;
  }
}

}  // namespace
}  // namespace cae
