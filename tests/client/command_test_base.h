// CommandTest: runs `cae` inside the test against a FakeCaeServer.
#ifndef CAE_TESTS_CLIENT_COMMAND_TEST_BASE_H_
#define CAE_TESTS_CLIENT_COMMAND_TEST_BASE_H_

#include <gtest/gtest.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/io/image.h"
#include "core/io/npy.h"
#include "core/math/matrix.h"
#include "tests/client/fake_cae_server.h"

namespace cae::testing {

/// What a run left behind.
struct CommandResult {
  int code = 0;
  std::string out;
  std::string err;
  /// The one JSON object on stdout.
  nlohmann::json json() const { return nlohmann::json::parse(out); }
};

class CommandTest : public ::testing::Test {
 protected:
  CommandTest();
  ~CommandTest() override;

  /// `cae ARGUMENTS --server <the fake> --attempts 1`. `input` is what standard input brings.
  CommandResult Run(std::vector<std::string> arguments, const std::string& input = "",
                    bool err_is_terminal = false);
  /// Without the fake's address.
  CommandResult RunPlain(std::vector<std::string> arguments, const std::string& input = "",
                         bool err_is_terminal = false);

  /// A path of the test's own folder, which is removed with the test.
  std::string Path(const std::string& name) const { return folder_ + "/" + name; }
  /// Writes the file and returns its path.
  std::string Write(const std::string& name, const std::string& bytes) const;
  std::string WriteMatrix(const std::string& name, const Matrix& matrix) const;
  /// Images of 2 x 2 pixels, as an idx file.
  std::string WriteIdxImages(const std::string& name,
                             const std::vector<std::vector<std::uint8_t>>& images) const;
  std::string WriteIdxLabels(const std::string& name,
                             const std::vector<std::uint8_t>& labels) const;
  std::string WriteGreyPng(const std::string& name, Index height, Index width,
                           const std::vector<std::uint8_t>& pixels) const;

  std::string Read(const std::string& name) const;
  NpyArray ReadNpy(const std::string& name) const;
  NpyArray ReadNpz(const std::string& name, const std::string& array) const;
  /// The picture as grey.
  Image ReadPng(const std::string& name) const;

  FakeCaeServer server_;

 private:
  std::string folder_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_CLIENT_COMMAND_TEST_BASE_H_
