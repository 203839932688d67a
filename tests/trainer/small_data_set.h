// WriteSmallDataSet: a data set in the form of MNIST, small enough to train on in milliseconds.
#ifndef CAE_TESTS_TRAINER_SMALL_DATA_SET_H_
#define CAE_TESTS_TRAINER_SMALL_DATA_SET_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

namespace cae::testing {

inline void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

/// An idx file: its header for these sizes, then the data.
inline std::string IdxBytes(const std::vector<std::uint32_t>& sizes, const std::string& data) {
  std::string bytes = {0, 0, 8, static_cast<char>(sizes.size())};
  for (const std::uint32_t size : sizes) {
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(size >> shift));
  }
  return bytes + data;
}

/// `rows` images of 6 × 5 pixels: class c lights up row c mod 6, brightly for c < 6.
inline void WriteSmallExamples(const std::string& images, const std::string& labels,
                               std::uint32_t rows) {
  std::string pixels, classes;
  for (std::uint32_t i = 0; i < rows; ++i) {
    const std::uint32_t label = (i * 7) % 10;
    classes.push_back(static_cast<char>(label));
    for (std::uint32_t p = 0; p < 30; ++p) {
      const bool lit = p / 5 == label % 6;
      const int noise = static_cast<int>((i * 31 + p * 17) % 20);
      pixels.push_back(static_cast<char>(lit ? (label < 6 ? 230 : 120) + noise : noise));
    }
  }
  WriteBytes(images, IdxBytes({rows, 6, 5}, pixels));
  WriteBytes(labels, IdxBytes({rows}, classes));
}

/// FOLDER/mnist with 300 rows for training and 50 for the test.
inline void WriteSmallDataSet(const std::string& folder) {
  const std::string mnist = folder + "/mnist";
  std::filesystem::create_directories(mnist);
  WriteSmallExamples(mnist + "/train-images-idx3-ubyte", mnist + "/train-labels-idx1-ubyte", 300);
  WriteSmallExamples(mnist + "/t10k-images-idx3-ubyte", mnist + "/t10k-labels-idx1-ubyte", 50);
}

}  // namespace cae::testing

#endif  // CAE_TESTS_TRAINER_SMALL_DATA_SET_H_
