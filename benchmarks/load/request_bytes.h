// Requests as bytes, made once before the clock starts: the driver's own work is then the least
// that gRPC allows, the same against every server.
#ifndef CAE_BENCHMARKS_LOAD_REQUEST_BYTES_H_
#define CAE_BENCHMARKS_LOAD_REQUEST_BYTES_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "cae/v1/tensor.pb.h"

namespace cae::benchmarks {

/// What one unary call asks. Plain data.
struct UnaryRequest {
  std::string rpc = "Encode";  ///< or Decode, Reconstruct, Tangents, Classify
  std::string model;
  std::int64_t rows = 1;
  std::int64_t columns = 784;                       ///< of a row sent
  v1::DataType input_type = v1::DATA_TYPE_FLOAT32;  ///< FLOAT32 or UINT8
  v1::DataType output_type = v1::DATA_TYPE_FLOAT32;
  std::int32_t rank = 16;  ///< Tangents alone
};

/// The full name of the method, as it stands in a call's path.
std::string MethodPath(const UnaryRequest& request);

/// The request, serialised, with rows of uniform random numbers in [0, 1]. INVALID_ARGUMENT for an
/// rpc or input type that this driver does not know.
absl::StatusOr<grpc::ByteBuffer> RequestBytes(const UnaryRequest& request);

}  // namespace cae::benchmarks

#endif  // CAE_BENCHMARKS_LOAD_REQUEST_BYTES_H_
