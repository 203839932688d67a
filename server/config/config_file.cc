#include "server/config/config_file.h"

#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "core/io/file.h"

namespace cae {
namespace {

constexpr std::int64_t kMaxConfigBytes = 1 << 20;

class ProblemCollector final : public google::protobuf::io::ErrorCollector {
 public:
  explicit ProblemCollector(std::vector<std::string>& problems) : problems_(problems) {}

  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    // Lines and columns count from 0 here, and from 1 everywhere else.
    problems_.push_back(
        line < 0 ? message
                 : absl::StrCat("line ", line + 1, " column ", column + 1, ": ", message));
  }
  // The parser is told to go on behind an unknown field, which it then calls a warning.
  void AddWarning(int line, google::protobuf::io::ColumnNumber column,
                  const std::string& message) override {
    AddError(line, column, message);
  }

 private:
  std::vector<std::string>& problems_;
};

}  // namespace

void ParseConfig(absl::string_view text, v1::ServerConfig& config,
                 std::vector<std::string>& problems) {
  ProblemCollector collector(problems);
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&collector);
  parser.AllowUnknownField(true);
  parser.SetRecursionLimit(32);
  google::protobuf::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  if (!parser.Parse(&stream, &config)) {
    problems.push_back("the rest of the file was not read because of that");
  }
}

void ReadConfigFile(const std::string& path, v1::ServerConfig& config,
                    std::vector<std::string>& problems) {
  const absl::StatusOr<std::string> text = ReadFile(path, kMaxConfigBytes);
  if (!text.ok()) {
    problems.push_back(absl::StrCat("--config: ", text.status().message()));
    return;
  }
  std::vector<std::string> found;
  ParseConfig(*text, config, found);
  for (const std::string& problem : found) problems.push_back(absl::StrCat(path, ": ", problem));
}

}  // namespace cae
