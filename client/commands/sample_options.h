// The options of `cae sample`.
#ifndef CAE_CLIENT_COMMANDS_SAMPLE_OPTIONS_H_
#define CAE_CLIENT_COMMANDS_SAMPLE_OPTIONS_H_

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "client/commands/output_options.h"
#include "client/operations.h"
#include "core/io/image_layout.h"

namespace cae {

/// Plain data. What is absent was not on the command line.
struct SampleCommandOptions {
  std::optional<int> chains;
  std::int64_t draws = 10;
  SampleOptions request;  ///< the other values of the chains
  std::string initial;
  std::optional<TileGrid> grid;
  std::string record;
  std::string state;
  OutputOptions output;
};

/// All options but --model and the like, which every subcommand has.
void AddSampleOptions(CLI::App& parser, SampleCommandOptions& options);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_SAMPLE_OPTIONS_H_
