// Any bytes either fail to unpack or unpack to no more than the limit, the same with a larger one.
#include <cstddef>
#include <cstdint>

#include "core/base/check.h"
#include "core/io/gzip.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::int64_t kLimit = 1 << 20;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<std::string> unpacked = cae::Gunzip(bytes, kLimit);
  if (unpacked.ok()) {
    CAE_CHECK(cae::IsGzip(bytes), "unpacked what is not gzip");
    CAE_CHECK(unpacked->size() <= kLimit, "more than the limit");
    const auto exact = static_cast<std::int64_t>(unpacked->size());
    CAE_CHECK(*cae::Gunzip(bytes, exact) == *unpacked, "another limit, other bytes");
    if (exact > 0) CAE_CHECK(!cae::Gunzip(bytes, exact - 1).ok(), "a byte beyond the limit");
  }
  return 0;
}
