#include "tests/client/command_test_base.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "client/commands/command_line.h"
#include "core/base/check.h"
#include "core/io/file.h"
#include "core/io/npz.h"
#include "core/io/png.h"

namespace cae::testing {
namespace {

constexpr std::int64_t kMaxBytes = 1 << 24;

std::string BigEndian(std::uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

}  // namespace

CommandTest::CommandTest() {
  folder_ = ::testing::TempDir() + "/cae_command_XXXXXX";
  CAE_CHECK(mkdtemp(folder_.data()) != nullptr, folder_);
  unsetenv("CAE_SERVER");
  unsetenv("CAE_TOKEN_FILE");
}

CommandTest::~CommandTest() { std::filesystem::remove_all(folder_); }

CommandResult CommandTest::Run(std::vector<std::string> arguments, const std::string& input,
                               bool err_is_terminal) {
  for (const char* word : {"--attempts", "1", "--server"}) arguments.emplace_back(word);
  arguments.push_back(server_.address());
  return RunPlain(std::move(arguments), input, err_is_terminal);
}

CommandResult CommandTest::RunPlain(std::vector<std::string> arguments, const std::string& input,
                                    bool err_is_terminal) {
  const std::string path = Write("stdin", input);
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::ostringstream out;
  std::ostringstream err;
  const int code = RunCommandLine(
      std::move(arguments),
      {.input = descriptor, .out = out, .err = err, .err_is_terminal = err_is_terminal});
  close(descriptor);
  return {code, out.str(), err.str()};
}

std::string CommandTest::Write(const std::string& name, const std::string& bytes) const {
  const absl::Status status = WriteFileAtomically(Path(name), bytes);
  CAE_CHECK(status.ok(), status.ToString());
  return Path(name);
}

std::string CommandTest::WriteMatrix(const std::string& name, const Matrix& matrix) const {
  return Write(name, SerializeNpy(matrix));
}

std::string CommandTest::WriteIdxImages(
    const std::string& name, const std::vector<std::vector<std::uint8_t>>& images) const {
  std::string bytes = BigEndian(0x803) + BigEndian(static_cast<std::uint32_t>(images.size())) +
                      BigEndian(2) + BigEndian(2);
  for (const std::vector<std::uint8_t>& image : images) bytes.append(image.begin(), image.end());
  return Write(name, bytes);
}

std::string CommandTest::WriteIdxLabels(const std::string& name,
                                        const std::vector<std::uint8_t>& labels) const {
  return Write(name, BigEndian(0x801) + BigEndian(static_cast<std::uint32_t>(labels.size())) +
                         std::string(labels.begin(), labels.end()));
}

std::string CommandTest::WriteGreyPng(const std::string& name, Index height, Index width,
                                      const std::vector<std::uint8_t>& pixels) const {
  const auto bytes =
      SerializePng({.height = height, .width = width, .channels = 1, .pixels = pixels});
  CAE_CHECK(bytes.ok(), bytes.status().ToString());
  return Write(name, *bytes);
}

std::string CommandTest::Read(const std::string& name) const {
  const auto bytes = ReadFile(Path(name), kMaxBytes);
  CAE_CHECK(bytes.ok(), bytes.status().ToString());
  return *bytes;
}

NpyArray CommandTest::ReadNpy(const std::string& name) const {
  auto array = ParseNpy(Read(name));
  CAE_CHECK(array.ok(), array.status().ToString());
  return *std::move(array);
}

NpyArray CommandTest::ReadNpz(const std::string& name, const std::string& array) const {
  const std::string archive = Read(name);
  const auto file = NpzFile::Open(archive);
  CAE_CHECK(file.ok(), file.status().ToString());
  const auto bytes = file->Read(array, kMaxBytes);
  CAE_CHECK(bytes.ok(), bytes.status().ToString());
  return ParseNpy(*bytes).value();
}

Image CommandTest::ReadPng(const std::string& name) const {
  auto image = ParseGreyPng(Read(name));
  CAE_CHECK(image.ok(), image.status().ToString());
  return *std::move(image);
}

}  // namespace cae::testing
