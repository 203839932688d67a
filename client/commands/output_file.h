// Writes what a command made: .npy and .png files, or npy on standard output.
#ifndef CAE_CLIENT_COMMANDS_OUTPUT_FILE_H_
#define CAE_CLIENT_COMMANDS_OUTPUT_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "client/commands/session.h"
#include "core/io/image.h"
#include "core/math/matrix.h"

namespace cae {

/// Which files a result can become.
enum class OutputKinds { kNpyOnly, kNpyOrPng };

bool IsPng(absl::string_view path);

/// Before the server is asked: OK if `path` is empty (no file), "-" or of a kind that is allowed. A
/// result on standard output and --json exclude each other.
absl::Status CheckOutput(const std::string& path, OutputKinds kinds, const GlobalOptions& options);

/// Writes an npy file of this shape; "-" is standard output. Failures are marked (failure.h).
absl::Status WriteNpy(const std::string& path, ConstMatrixView values,
                      absl::Span<const std::int64_t> shape, const Streams& streams);

absl::Status WritePng(const std::string& path, const Image& image);

}  // namespace cae

#endif  // CAE_CLIENT_COMMANDS_OUTPUT_FILE_H_
