// Safetensors files put together by hand, sound or not.
#ifndef CAE_TESTS_CORE_IO_SAFETENSORS_BYTES_H_
#define CAE_TESTS_CORE_IO_SAFETENSORS_BYTES_H_

#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/string_view.h"

namespace cae::testing {

/// A file with this header text and data, as they are.
inline std::string SafetensorsBytes(absl::string_view header, absl::string_view data) {
  const std::uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  bytes.append(header.data(), header.size());
  bytes.append(data.data(), data.size());
  return bytes;
}

/// The length of the header of a sound file, without the 8 bytes before it.
inline std::size_t HeaderLength(absl::string_view bytes) {
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof(length));
  return static_cast<std::size_t>(length);
}

/// A copy of a sound file with `edit(header, data)` applied; `header` is ordered JSON.
template <typename Edit>
std::string EditSafetensors(absl::string_view bytes, Edit edit) {
  const std::size_t length = HeaderLength(bytes);
  nlohmann::ordered_json header =
      nlohmann::ordered_json::parse(bytes.begin() + 8, bytes.begin() + 8 + length);
  std::string data(bytes.substr(8 + length));
  edit(header, data);
  return SafetensorsBytes(header.dump(), data);
}

}  // namespace cae::testing

#endif  // CAE_TESTS_CORE_IO_SAFETENSORS_BYTES_H_
