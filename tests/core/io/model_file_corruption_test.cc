// What a model file may do wrong above the level of safetensors, and what the loader says about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/io/model_file.h"
#include "tests/core/io/golden_model.h"
#include "tests/core/io/safetensors_bytes.h"
#include "tests/testing/status_matchers.h"

namespace cae {
namespace {

using ::cae::testing::EditSafetensors;
using ::cae::testing::GoldenModel;
using ::cae::testing::IsOk;
using ::cae::testing::StatusIs;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

using Json = nlohmann::ordered_json;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kLost = absl::StatusCode::kDataLoss;

std::string SoundFile() {
  const absl::StatusOr<std::string> bytes =
      SerializeModelFile(GoldenModel(), StorageType::kFloat32);
  EXPECT_THAT(bytes, IsOk());
  return bytes.value_or("");
}

struct Case {
  std::function<void(Json& header, std::string& data)> edit;
  absl::string_view message;
};

void ExpectAll(const std::vector<Case>& cases) {
  const std::string sound = SoundFile();
  for (const Case& c : cases) {
    EXPECT_THAT(ParseModelFile(EditSafetensors(sound, c.edit)).status(),
                StatusIs(kInvalid, HasSubstr(c.message)));
  }
}

/// Sets a key of the metadata.
Case Metadata(absl::string_view key, absl::string_view value, absl::string_view message) {
  return {[key = std::string(key), value = std::string(value)](Json& header, std::string&) {
            header["__metadata__"][key] = value;
          },
          message};
}

Case WithoutMetadata(absl::string_view key, absl::string_view message) {
  return {
      [key = std::string(key)](Json& header, std::string&) { header["__metadata__"].erase(key); },
      message};
}

Case Renamed(absl::string_view from, absl::string_view to, absl::string_view message) {
  return {[from = std::string(from), to = std::string(to)](Json& header, std::string&) {
            header[to] = Json(header[from]);
            header.erase(from);
          },
          message};
}

Case Shaped(absl::string_view name, std::vector<int> shape, absl::string_view message) {
  return {[name = std::string(name), shape](Json& header, std::string&) {
            header[name]["shape"] = shape;
          },
          message};
}

/// Puts a float into a tensor.
Case WithValue(absl::string_view name, float value, absl::string_view message) {
  return {[name = std::string(name), value](Json& header, std::string& data) {
            const std::size_t begin = header[name]["data_offsets"][0].get<std::size_t>();
            std::memcpy(data.data() + begin, &value, sizeof(value));
          },
          message};
}

/// Adds an F32 tensor of ones.
Case Extra(absl::string_view name, std::vector<int> shape, absl::string_view message) {
  return {
      [name = std::string(name), shape](Json& header, std::string& data) {
        std::size_t elements = 1;
        for (const int extent : shape) elements *= static_cast<std::size_t>(extent);
        const std::size_t begin = data.size();
        for (std::size_t i = 0; i < elements; ++i) data.append("\x00\x00\x80\x3f", 4);
        header[name] = {{"dtype", "F32"}, {"shape", shape}, {"data_offsets", {begin, data.size()}}};
      },
      message};
}

TEST(ModelFileCorruptionTest, FormatVersion) {
  ExpectAll({
      Metadata("cae.format_version", "2", "format version '2', this program reads version '1'"),
      Metadata("cae.format_version", "1.0", "format version '1.0'"),
      WithoutMetadata("cae.format_version", "this is not a model file"),
      {[](Json& header, std::string&) { header.erase("__metadata__"); }, "not a model file"},
  });
}

TEST(ModelFileCorruptionTest, MetadataValues) {
  ExpectAll({
      WithoutMetadata("cae.layers.0.activation", "'cae.layers.0.activation' is missing"),
      WithoutMetadata("cae.layers.0.decoder_activation", "decoder_activation' is missing"),
      WithoutMetadata("cae.class_labels", "'cae.class_labels' is missing"),
      WithoutMetadata("cae.input_shape", "'cae.input_shape' is missing"),
      WithoutMetadata("cae.default_rank", "'cae.default_rank' is missing"),
      Metadata("cae.layers.0.activation", "sigmoid", "'sigmoid'; it must be 'logistic'"),
      Metadata("cae.class_labels", "[1, 2]", "must be an array of strings"),
      Metadata("cae.class_labels", "[\"one\"]", "2 outputs and the card names 1 classes"),
      Metadata("cae.class_labels", "[[[[", "must be an array of strings"),
      Metadata("cae.input_shape", "[2, 3]", "does not multiply to the 4 input units"),
      Metadata("cae.input_shape", "[-2, -2]", "must be an array of sizes"),
      Metadata("cae.input_shape", "[18446744073709551615]", "must be an array of sizes"),
      Metadata("cae.input_shape", "4", "must be an array of sizes"),
      Metadata("cae.input_range", "[0]", "must be two numbers"),
      Metadata("cae.input_range", "[1, 0]", "is empty"),
      Metadata("cae.input_range", "[0, 1e999]", "must be two numbers"),
      Metadata("cae.default_noise_stddev", "-1", "default noise is -1"),
      Metadata("cae.default_noise_stddev", "nan", "must be a number"),
      Metadata("cae.default_noise_stddev", "", "must be a number"),
      Metadata("cae.default_process", "both", "must be 'composed' or 'top_layer'"),
      Metadata("cae.default_rank", "-1", "whole number"),
      Metadata("cae.default_rank", "1.5", "whole number"),
      Metadata("cae.default_noise", "1", "'cae.default_noise' is not part of format version 1"),
      Metadata("cae.layers.1.activation", "tanh", "'cae.layers.1.activation' is not part"),
  });
}

TEST(ModelFileCorruptionTest, KeysOfOtherProgramsAreIgnored) {
  const std::string bytes = EditSafetensors(
      SoundFile(), [](Json& header, std::string&) { header["__metadata__"]["format"] = "np"; });
  EXPECT_THAT(ParseModelFile(bytes), IsOk());
}

TEST(ModelFileCorruptionTest, Names) {
  ExpectAll({
      Renamed("layers.0.weight", "layers.1.weight", "'layers.0.weight' is missing"),
      Renamed("layers.0.bias", "layers.0.biases", "'layers.0.bias' is missing"),
      Renamed("layers.0.decoder_bias", "x", "'layers.0.decoder_bias' is missing"),
      Renamed("classifier.output.bias", "x", "'classifier.output.bias' is missing"),
      Renamed("classifier.output.weight", "x", "'classifier.output.bias' is not part"),
      Renamed("start_examples", "starts", "'start_examples' is missing"),
      Renamed("golden.codes", "golden.code", "'golden.codes' is missing"),
      Renamed("golden.inputs", "golden.input", "'golden.inputs' is missing"),
      Extra("layers.00.weight", {2, 4}, "'layers.00.weight' is not part of a model"),
      Extra("layers.2.weight", {2, 2}, "'layers.2.weight' is not part of a model"),
      Extra("layers.1.weight", {2, 2}, "'layers.1.bias' is missing"),
      Extra("classifier.layers.1.weight", {2, 2}, "'classifier.layers.1.weight' is not part"),
      Extra("bad\nname", {1}, R"('bad\nname')"),
      Extra("input.offset", {4}, "'input.scale' is missing"),
      Extra("input.scale", {4}, "'input.offset' is missing"),
  });
}

TEST(ModelFileCorruptionTest, Shapes) {
  ExpectAll({
      Shaped("layers.0.weight", {4, 2}, "the model needs"),
      Shaped("layers.0.weight", {8}, "[8], 2 axes are needed"),
      Shaped("layers.0.bias", {1, 2}, "[1, 2], 1 axis is needed"),
      Shaped("start_examples", {2, 2}, "'start_examples' has shape [2, 2], the model needs"),
      Shaped("golden.codes", {2, 1}, "'golden.codes' has shape [2, 1]"),
      Shaped("classifier.output.weight", {4, 1}, "'classifier.output.weight' has shape [4, 1]"),
      Shaped("classifier.output.weight", {1, 4}, "'classifier.output.weight' has shape [1, 4]"),
      Extra("layers.0.decoder_weight", {2, 4}, "'layers.0.decoder_weight' has shape [2, 4]"),
  });
}

TEST(ModelFileCorruptionTest, Numbers) {
  const float nan = std::nanf("");
  ExpectAll({
      WithValue("layers.0.weight", nan,
                "'layers.0.weight' has a value that is not finite in row 0"),
      WithValue("layers.0.decoder_bias", INFINITY, "'layers.0.decoder_bias' has a value"),
      WithValue("classifier.output.weight", -INFINITY, "'classifier.output.weight' has a value"),
      WithValue("start_examples", nan, "'start_examples' has a value that is not finite"),
      WithValue("golden.codes", nan, "'golden.codes' has a value that is not finite"),
      {[](Json& header, std::string&) { header["layers.0.bias"]["dtype"] = "I32"; },
       "'layers.0.bias' has dtype I32; F32, F16 or BF16 is needed"},
  });
}

TEST(ModelFileCorruptionTest, EveryTruncationIsAnError) {
  const std::string sound = SoundFile();
  for (std::size_t size = 0; size < sound.size(); ++size) {
    EXPECT_THAT(ParseModelFile(absl::string_view(sound).substr(0, size)), StatusIs(kLost)) << size;
  }
  EXPECT_THAT(ParseModelFile(sound + "x"), StatusIs(kInvalid, HasSubstr("left over")));
}

TEST(ModelFileCorruptionTest, FlippedBitsFailOrChangeTheDigest) {
  const std::string sound = SoundFile();
  const absl::StatusOr<ModelFile> file = ParseModelFile(sound);
  ASSERT_THAT(file, IsOk());
  std::size_t accepted = 0;
  for (std::size_t bit = 0; bit < sound.size() * 8; ++bit) {
    std::string flipped = sound;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<ModelFile> changed = ParseModelFile(flipped);
    if (changed.ok()) {
      ++accepted;
      EXPECT_NE(changed->digest, file->digest) << bit;
    } else {
      EXPECT_THAT(changed, AnyOf(StatusIs(kInvalid, Not("")), StatusIs(kLost, Not("")))) << bit;
    }
  }
  // Among the numbers, the free texts and the white space, a flip gives another sound file.
  EXPECT_GT(accepted, 0U);
}

}  // namespace
}  // namespace cae
