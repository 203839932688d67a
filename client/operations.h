// What goes into the operations of a Client and what comes out, as matrices and plain data.
//
// n = rows, d = input units, k = rank, c = classes. Cards, identities, chain states and diagnostics
// are the wire's own messages: they are plain data already, documented in proto/cae/v1.
#ifndef CAE_CLIENT_OPERATIONS_H_
#define CAE_CLIENT_OPERATIONS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "cae/v1/cae_service.pb.h"
#include "client/input_rows.h"
#include "core/math/matrix.h"

namespace cae {

/// Called after each part of a batch that was cut into several requests, with the rows done so far.
using RowProgress = std::function<void(Index rows_done)>;

// In all options, output_data_type is how the server sends the matrix of the answer: a type of half
// the bytes rounds it. RowProgress may be empty.

struct EncodeOptions {
  int layer = 0;                    ///< 1 = the lowest, 0 = the top
  bool allow_out_of_range = false;  ///< takes inputs outside the card's input_range
  v1::DataType output_data_type = v1::DATA_TYPE_UNSPECIFIED;
  RowProgress progress = {};
};

struct EncodeResult {
  v1::ModelIdentity model;
  Matrix codes;  ///< [n, units of the layer]
};

struct DecodeOptions {
  int layer = 0;  ///< the layer of the codes, 1 = the lowest, 0 = the top
  v1::DataType output_data_type = v1::DATA_TYPE_UNSPECIFIED;
  RowProgress progress = {};
};

struct DecodeResult {
  v1::ModelIdentity model;
  Matrix outputs;  ///< [n, d]
};

struct ReconstructOptions {
  bool include_contractions = false;  ///< costly for models of two layers
  bool allow_out_of_range = false;
  v1::DataType output_data_type = v1::DATA_TYPE_UNSPECIFIED;
  RowProgress progress = {};
};

struct ReconstructResult {
  v1::ModelIdentity model;
  Matrix outputs;       ///< [n, d]
  Vector losses;        ///< [n], nats
  Vector contractions;  ///< [n], squared Frobenius norm of the Jacobian; empty unless asked for
};

struct TangentsOptions {
  int rank = 1;  ///< k
  int layer = 0;
  bool include_code_directions = false;
  bool include_contractions = false;
  double tolerance = 0;  ///< largest residual; 0 = 1e-4
  bool allow_out_of_range = false;
  v1::DataType output_data_type = v1::DATA_TYPE_UNSPECIFIED;  ///< of the directions
  RowProgress progress = {};
};

struct TangentsResult {
  v1::ModelIdentity model;
  Matrix singular_values;  ///< [n, k], descending
  Matrix directions;       ///< [n·k, d]: row i·k + j is direction j of input i
  Matrix code_directions;  ///< [n·k, units of the layer]; empty unless asked for
  Matrix residuals;        ///< [n, k]
  Vector contractions;     ///< [n]; empty unless asked for
};

struct ClassifyOptions {
  int top_k = 0;  ///< classes a row; 0 = all
  bool include_logits = false;
  bool allow_out_of_range = false;
  RowProgress progress = {};
};

struct ClassScore {
  int index = 0;  ///< position in the card's class_labels
  std::string label;
  float probability = 0;
};

struct ClassifyResult {
  v1::ModelIdentity model;
  std::vector<std::vector<ClassScore>> results;  ///< one a row, the most probable class first
  Matrix logits;                                 ///< [n, c]; empty unless asked for
};

/// See SampleRequest in cae_service.proto; what is absent is the card's default.
struct SampleOptions {
  int chains = 1;
  std::int64_t draws = 0;  ///< 0 = until cancelled
  std::int64_t burn_in = 0;
  std::int64_t thinning = 1;
  std::optional<double> noise_stddev = {};
  std::optional<int> rank = {};
  v1::SampleProcess process = v1::SAMPLE_PROCESS_UNSPECIFIED;
  std::optional<std::uint64_t> seed = {};
  std::int64_t first_chain = 0;
  std::optional<InputRows> initial_inputs = {};  ///< [chains, d] or [1, d]; sent by Client::Sample
  v1::DataType output_data_type = v1::DATA_TYPE_UNSPECIFIED;
  bool include_codes = false;
  std::int32_t draws_per_message = 0;
  std::int64_t state_interval = 0;
  v1::DiagnosticsLevel diagnostics = v1::DIAGNOSTICS_LEVEL_UNSPECIFIED;
  std::optional<v1::SampleState> resume_from = {};  ///< what it says is left at its default above
  bool allow_out_of_range = false;
  absl::Duration timeout = absl::InfiniteDuration();  ///< for the whole stream
};

/// Some draws of all chains.
struct SampleBatch {
  std::int64_t first_draw = 0;  ///< counted from the start of the chains
  Index draws = 0;              ///< m, may be 0
  Index chains = 0;             ///< C
  Matrix samples;               ///< [m·C, d]: row i·C + j is draw i of chain j
  Matrix codes;                 ///< [m·C, units of the top layer]; empty unless asked for
  std::optional<v1::SampleState> state;
  std::optional<v1::SampleDiagnostics> diagnostics;
};

}  // namespace cae

#endif  // CAE_CLIENT_OPERATIONS_H_
