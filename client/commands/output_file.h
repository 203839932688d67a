// Writes what a command made: .npy, .npz and .png files, or npy on standard output.
#ifndef CAE_CLIENT_COMMANDS_OUTPUT_FILE_H_
#define CAE_CLIENT_COMMANDS_OUTPUT_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/commands/output_options.h"
#include "client/commands/streams.h"
#include "core/io/image.h"
#include "core/io/npy.h"
#include "core/math/matrix.h"

namespace cae {

/// One array of an answer, a view.
struct OutputArray {
  std::string name;
  ConstMatrixView values;
  std::vector<std::int64_t> shape;
  NpyType type = NpyType::kFloat32;
};

/// A vector with its one axis, a matrix with its two.
OutputArray VectorArray(const std::string& name, const Vector& values);
OutputArray MatrixArray(const std::string& name, const Matrix& values,
                        NpyType type = NpyType::kFloat32);

/// Writes the first array to .npy or "-", all of them to .npz. Failures are marked (failure.h).
absl::Status WriteArrays(const std::string& path, absl::Span<const OutputArray> arrays,
                         const Streams& streams);

/// Writes a picture, each pixel --scale times as large.
absl::Status WritePicture(const OutputOptions& options, const Image& picture);

/// "wrote FILE", for an archive with its arrays; nothing where no file was written.
std::string WrittenText(const std::string& path, absl::Span<const OutputArray> arrays);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_OUTPUT_FILE_H_
