// WriteSmallArrays: rows of real numbers, as data of one's own.
#ifndef CAE_TESTS_TRAINER_SMALL_ARRAYS_H_
#define CAE_TESTS_TRAINER_SMALL_ARRAYS_H_

#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/io/npy.h"
#include "core/math/matrix.h"
#include "tests/trainer/small_data_set.h"

namespace cae::testing {

/// A file of numbers of eight bytes, as `numpy.save` writes integers.
inline std::string NpyIntegers(const std::vector<std::int64_t>& numbers) {
  std::string header =
      absl::StrCat("{'descr': '<i8', 'fortran_order': False, 'shape': (", numbers.size(), ",), }");
  header.resize(117, ' ');
  std::string bytes("\x93NUMPY\x01\x00\x76\x00", 10);
  bytes += header + "\n";
  const std::size_t size = numbers.size() * sizeof(std::int64_t);
  bytes.resize(bytes.size() + size);
  std::memcpy(bytes.data() + bytes.size() - size, numbers.data(), size);
  return bytes;
}

/// [rows, 6] on a curve, of magnitudes from 0.1 to 1000, negative ones among them; row i is of
/// class i mod 3, which says where on the curve it lies.
inline Matrix SmallArrayRows(Index rows) {
  Matrix values(rows, 6);
  for (Index i = 0; i < rows; ++i) {
    const float t = static_cast<float>(i % 3) + 0.3f * std::sin(static_cast<float>(i));
    values.row(i) << 1000 * std::sin(t), 300 - 200 * t, std::cos(2 * t), t * t, 0.1f * t, -5 * t;
  }
  return values;
}

/// FOLDER/NAME with 200 rows for training and 40 for the test, labelled.
inline void WriteSmallArrays(const std::string& folder, const std::string& name) {
  const std::string own = folder + "/" + name;
  std::filesystem::create_directories(own);
  for (const auto& [part, rows] : {std::pair<std::string, Index>{"train", 200}, {"test", 40}}) {
    WriteBytes(absl::StrCat(own, "/", part, ".npy"), SerializeNpy(SmallArrayRows(rows)));
    std::vector<std::int64_t> labels;
    for (Index i = 0; i < rows; ++i) labels.push_back(i % 3);
    WriteBytes(absl::StrCat(own, "/", part, "_labels.npy"), NpyIntegers(labels));
  }
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_SMALL_ARRAYS_H_
