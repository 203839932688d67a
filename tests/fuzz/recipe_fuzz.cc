// Any text is either refused with a reason or a recipe that keeps its rules, that is written and
// read again as the same; and where protobuf's own reader of the text format takes it too, both
// have read the same.
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "trainer/recipe/recipe.h"

namespace cae {
namespace {

class Silence final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

void CompareWithProtobuf(const std::string& text, const Recipe& ours) {
  Silence silence;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&silence);
  Recipe theirs;
  if (!parser.ParseFromString(text, &theirs)) return;
  // As ParseRecipe writes out what was left out.
  theirs.mutable_card();
  if (!theirs.has_sgd()) theirs.mutable_adam();
  CAE_CHECK(google::protobuf::util::MessageDifferencer::Equals(ours, theirs),
            ours.DebugString() + "\nis not\n" + theirs.DebugString());
}

void Run(const std::string& text) {
  const absl::StatusOr<Recipe> recipe = ParseRecipe(text);
  if (!recipe.ok()) {
    CAE_CHECK(!recipe.status().message().empty(), "an error without a reason");
    return;
  }
  CAE_CHECK(recipe->layers_size() >= 1 && recipe->layers_size() <= 16, "layers");
  CAE_CHECK(recipe->batch_size() >= 1 && recipe->layers(0).units() >= 1, "sizes");
  const std::string written = SerializeRecipe(*recipe);
  const absl::StatusOr<Recipe> again = ParseRecipe(written);
  CAE_CHECK(again.ok(), again.status().ToString());
  CAE_CHECK(SerializeRecipe(*again) == written, written);
  CompareWithProtobuf(text, *recipe);
}

}  // namespace
}  // namespace cae

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cae::Run(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
