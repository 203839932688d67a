// NumPy's .npz format (numpy.savez, numpy.savez_compressed): a zip archive whose members are .npy
// files. Works on bytes in memory; trusts nothing it reads. Through libzip, see
// docs/decisions/0010-libzip.md.
#ifndef CAE_CORE_IO_NPZ_H_
#define CAE_CORE_IO_NPZ_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace cae {

/// Whether the bytes begin as a zip archive does.
bool IsNpz(absl::string_view bytes);

/// An open archive. Thread-compatible; the bytes must outlive it.
class NpzFile {
 public:
  /// INVALID_ARGUMENT for bytes that are no zip archive, and for an archive with a name twice.
  static absl::StatusOr<NpzFile> Open(absl::string_view bytes);

  NpzFile(NpzFile&&) noexcept;
  NpzFile& operator=(NpzFile&&) noexcept;
  ~NpzFile();

  /// The names of the arrays, without ".npy", in the order of the archive. Other members of the
  /// archive are not looked at.
  const std::vector<std::string>& names() const { return names_; }

  /// The .npy file of an array, its checksum compared. NOT_FOUND for a name that is not there;
  /// RESOURCE_EXHAUSTED for more than `max_bytes`; INVALID_ARGUMENT for a damaged member, and for
  /// one that is encrypted, packed by another method than NumPy's two, or said to be larger than
  /// its packed bytes can be: all found before memory is taken, which is at most 1032 times the
  /// archive.
  absl::StatusOr<std::string> Read(absl::string_view name, std::int64_t max_bytes) const;

 private:
  struct Archive;
  explicit NpzFile(std::unique_ptr<Archive> archive);

  std::unique_ptr<Archive> archive_;
  std::vector<std::string> names_;
};

/// An array to write.
struct NpzArray {
  std::string name;  ///< without ".npy"
  std::string npy;   ///< the whole .npy file, as SerializeNpy makes it
};

/// The archive that numpy.savez would write: members stored as they are, without times, so that
/// the same arrays always give the same bytes. INVALID_ARGUMENT for names that are empty or come
/// twice. Thread-safe.
absl::StatusOr<std::string> SerializeNpz(absl::Span<const NpzArray> arrays);

}  // namespace cae

#endif  // CAE_CORE_IO_NPZ_H_
