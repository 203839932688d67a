// TempRepository: a model repository in a folder of its own.
#ifndef CAE_TESTS_TESTING_TEMP_REPOSITORY_H_
#define CAE_TESTS_TESTING_TEMP_REPOSITORY_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "core/model/model_parameters.h"

namespace cae::testing {

/// A model of one layer, 6 inputs and 4 code units, with a classifier over 3 classes: loads in no
/// time. Another seed, other weights.
ModelParameters TinyModelParameters(std::uint64_t seed = 1);

/// An empty folder below ::testing::TempDir(), removed with all that is in it when destroyed.
/// Thread-compatible.
class TempRepository {
 public:
  TempRepository();
  ~TempRepository();
  TempRepository(const TempRepository&) = delete;
  TempRepository& operator=(const TempRepository&) = delete;

  const std::string& root() const { return root_; }

  /// Puts a model file where the repository expects it; returns its path.
  std::string Add(const std::string& name, std::int64_t version,
                  const ModelParameters& parameters = TinyModelParameters()) const;

  /// The same with any bytes, and at any place below the root.
  std::string AddFile(const std::string& relative_path, absl::string_view contents) const;

 private:
  std::string root_;
};

/// Contents of a file, which must be there.
std::string FileContents(const std::string& path);

}  // namespace cae::testing

#endif  // CAE_TESTS_TESTING_TEMP_REPOSITORY_H_
