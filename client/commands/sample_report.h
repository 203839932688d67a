// What `cae sample` and `cae replay` make of a run: the same files and texts, bit for bit.
#ifndef CAE_CLIENT_COMMANDS_SAMPLE_REPORT_H_
#define CAE_CLIENT_COMMANDS_SAMPLE_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "client/commands/json_report.h"
#include "client/commands/output_options.h"
#include "client/commands/sample_run.h"
#include "client/commands/session.h"

namespace cae {

/// A run, and what was asked about it. Plain data.
struct SampleReport {
  SampleRun run;
  v1::Model card;
  OutputOptions output;
  /// How messages call the inputs that the chains started from; empty where they were the model's.
  std::string initial;
  std::vector<std::string> notes;  ///< lines of text for the end: other files that were written
};

/// Writes the output: draws [draws, chains, units], and codes where the run has them, as arrays; a
/// .png has a row for each chain.
absl::Status WriteSamples(const SampleReport& report, const Streams& streams);

/// Prints what it is, as text or as JSON.
void PrintSamples(const SampleReport& report, Session& session);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_SAMPLE_REPORT_H_
