// Any bytes either fail to open or are an archive whose arrays, where they can be read at all, are
// written and read again without a change.
//
// A member whose checksum is wrong is refused in the end, and a fuzzer never guesses one, but all
// code that unpacks has run by then.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/base/check.h"
#include "core/io/npz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kMaxBytes = 1 << 20;
  const absl::StatusOr<cae::NpzFile> file =
      cae::NpzFile::Open({reinterpret_cast<const char*>(data), size});
  if (!file.ok()) return 0;
  std::vector<cae::NpzArray> arrays;
  for (const std::string& name : file->names()) {
    const absl::StatusOr<std::string> npy = file->Read(name, kMaxBytes);
    if (!npy.ok()) continue;
    CAE_CHECK(npy->size() <= kMaxBytes, "more than allowed");
    arrays.push_back({name, *npy});
  }
  const absl::StatusOr<std::string> written = cae::SerializeNpz(arrays);
  if (!written.ok() || arrays.empty()) return 0;  // names that we do not write
  const absl::StatusOr<cae::NpzFile> again = cae::NpzFile::Open(*written);
  CAE_CHECK(again.ok(), again.status().ToString());
  CAE_CHECK(again->names().size() == arrays.size(), "the number of arrays changed");
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const absl::StatusOr<std::string> npy = again->Read(again->names()[i], kMaxBytes);
    CAE_CHECK(npy.ok() && *npy == arrays[i].npy, "an array changed");
  }
  return 0;
}
