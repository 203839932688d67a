// Any bytes either fail to open or are a recording that plays exactly the draws that its extent
// promises, without an error.
//
// A record whose checksum is wrong ends the recording, and a fuzzer never guesses one. Inputs
// therefore run a second time with their checksums put right.
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "client/sample_recording.h"
#include "client/sample_stream.h"
#include "core/base/check.h"

namespace cae {
namespace {

void Run(absl::string_view bytes) {
  const absl::StatusOr<SampleRecording> recording = SampleRecording::Open(bytes);
  if (!recording.ok()) return;
  SampleStream stream(recording->Play());
  std::int64_t draws = 0;
  for (;;) {
    const absl::StatusOr<std::optional<SampleBatch>> batch = stream.Next();
    CAE_CHECK(batch.ok(), batch.status().ToString());
    if (!batch->has_value()) break;
    CAE_CHECK((*batch)->samples.size() <= static_cast<Index>(bytes.size()), "draws out of nothing");
    draws += (*batch)->draws;
  }
  CAE_CHECK(draws == recording->extent().draws, "not the draws that were promised");
}

/// A record is its length, its checksum, both 32 bits little-endian, and its payload.
std::string WithRightChecksums(std::string bytes) {
  const auto byte = [&bytes](std::size_t i) {
    return std::uint32_t{static_cast<unsigned char>(bytes[i])};
  };
  for (std::size_t record = 16; record + 8 <= bytes.size();) {
    const std::size_t length =
        byte(record) | byte(record + 1) << 8 | byte(record + 2) << 16 | byte(record + 3) << 24;
    if (length == 0 || length > bytes.size() - record - 8) break;
    const auto checksum = static_cast<std::uint32_t>(crc32(
        0, reinterpret_cast<const Bytef*>(bytes.data()) + record + 8, static_cast<uInt>(length)));
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[record + 4 + i] = static_cast<char>(checksum >> (8 * i));
    }
    record += 8 + length;
  }
  return bytes;
}

}  // namespace
}  // namespace cae

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  cae::Run(bytes);
  cae::Run(cae::WithRightChecksums(bytes));
  return 0;
}
