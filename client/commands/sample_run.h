// SampleRun: all draws of a `cae sample`, gathered from its stream.
#ifndef CAE_CLIENT_COMMANDS_SAMPLE_RUN_H_
#define CAE_CLIENT_COMMANDS_SAMPLE_RUN_H_

#include <cstdint>
#include <optional>

#include "absl/status/statusor.h"
#include "client/client.h"
#include "client/commands/streams.h"
#include "core/math/matrix.h"

namespace cae {

/// Plain data. C chains, m draws a chain.
struct SampleRun {
  v1::SampleHeader header;
  std::int64_t first_draw = 0;  ///< counted from the start of the chains, across resumes
  Index draws = 0;
  Matrix samples;  ///< [m·C, d]: row i·C + j is draw i of chain j
  Matrix codes;    ///< the same of codes; empty unless asked for
  std::optional<v1::SampleDiagnostics> diagnostics;  ///< the last that came
  std::optional<v1::SampleState> state;              ///< the last that came

  /// The samples chain by chain: row j·m + i is draw i of chain j.
  Matrix ByChain() const;
};

/// Reads the stream to its end, showing progress. INTERNAL where draws are missing.
absl::StatusOr<SampleRun> CollectSamples(SampleStream& stream, Index draws, Streams& streams);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_SAMPLE_RUN_H_
