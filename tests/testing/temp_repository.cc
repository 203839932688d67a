#include "tests/testing/temp_repository.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/model_file.h"
#include "tests/testing/random_model.h"

namespace cae::testing {

ModelParameters TinyModelParameters(std::uint64_t seed) {
  ModelParameters parameters =
      RandomModelParameters({6, 4}, {Activation::kLogistic}, Weights::kTied, seed);
  AddRandomClassifier({}, 3, seed, parameters);
  return parameters;
}

TempRepository::TempRepository() {
  root_ = absl::StrCat(::testing::TempDir(), "/repository_XXXXXX");
  CAE_CHECK(mkdtemp(root_.data()) != nullptr, root_);
}

TempRepository::~TempRepository() {
  std::error_code ignored;
  std::filesystem::remove_all(root_, ignored);
}

std::string TempRepository::Add(const std::string& name, std::int64_t version,
                                const ModelParameters& parameters) const {
  const absl::StatusOr<std::string> bytes = SerializeModelFile(parameters, StorageType::kFloat32);
  CAE_CHECK(bytes.ok(), bytes.status().message());
  return AddFile(absl::StrCat(name, "/", version, "/model.safetensors"), *bytes);
}

std::string TempRepository::AddFile(const std::string& relative_path,
                                    absl::string_view contents) const {
  const std::filesystem::path path = std::filesystem::path(root_) / relative_path;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path, std::ios::binary);
  file.write(contents.data(), static_cast<std::streamsize>(contents.size()));
  file.close();
  CAE_CHECK(file.good(), path.string());
  return path.string();
}

std::string FileContents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  CAE_CHECK(file.is_open(), path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace cae::testing
