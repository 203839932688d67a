#include "core/io/model_file.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/io/file.h"
#include "core/io/model_metadata.h"
#include "core/io/quoted.h"
#include "core/io/safetensors.h"
#include "core/io/safetensors_writer.h"
#include "core/io/sha256.h"

namespace cae {
namespace {

constexpr absl::string_view kClassifierOutput = "classifier.output";
constexpr absl::string_view kInputOffset = "input.offset";
constexpr absl::string_view kInputScale = "input.scale";
constexpr absl::string_view kStartExamples = "start_examples";
constexpr absl::string_view kGoldenInputs = "golden.inputs";
constexpr absl::string_view kGoldenCodes = "golden.codes";

std::string LayerName(std::size_t layer) { return absl::StrCat("layers.", layer); }
std::string ClassifierLayerName(std::size_t layer) {
  return absl::StrCat("classifier.layers.", layer);
}
std::string WeightName(absl::string_view layer) { return absl::StrCat(layer, ".weight"); }
std::string BiasName(absl::string_view layer) { return absl::StrCat(layer, ".bias"); }
std::string DecoderWeightName(absl::string_view layer) {
  return absl::StrCat(layer, ".decoder_weight");
}
std::string DecoderBiasName(absl::string_view layer) {
  return absl::StrCat(layer, ".decoder_bias");
}

absl::Status Prefixed(const absl::Status& status, absl::string_view prefix) {
  return absl::Status(status.code(), absl::StrCat(prefix, status.message()));
}

/// Takes tensors out of a file by name and finds those that nobody asked for.
class TensorReader {
 public:
  explicit TensorReader(const SafetensorsView& view) : view_(view) {}

  bool Has(absl::string_view name) const { return view_.contains(name); }

  absl::Status Read(absl::string_view name, Matrix& matrix) {
    return Store(name, view_.ReadMatrix(name), matrix);
  }
  absl::Status Read(absl::string_view name, Vector& vector) {
    return Store(name, view_.ReadVector(name), vector);
  }
  absl::Status Read(absl::string_view layer, DenseParameters& dense) {
    CAE_RETURN_IF_ERROR(Read(WeightName(layer), dense.weight));
    return Read(BiasName(layer), dense.bias);
  }

  absl::Status CheckNothingLeft() const {
    for (const auto& [name, entry] : view_.tensors()) {
      if (taken_.count(name) > 0) continue;
      return absl::InvalidArgumentError(
          absl::StrCat("tensor ", Quoted(name), " is not part of a model of this kind"));
    }
    return absl::OkStatus();
  }

 private:
  template <typename Values>
  absl::Status Store(absl::string_view name, absl::StatusOr<Values> read, Values& values) {
    taken_.emplace(name);
    // A missing tensor is a fault of the file; NOT_FOUND would say that there is no file.
    if (absl::IsNotFound(read.status())) {
      return absl::InvalidArgumentError(read.status().message());
    }
    CAE_RETURN_IF_ERROR(read.status());
    values = *std::move(read);
    return absl::OkStatus();
  }

  const SafetensorsView& view_;
  std::set<std::string> taken_;
};

absl::Status ReadLayers(TensorReader& reader, ModelParameters& parameters) {
  // Layers are numbered from 0 without gaps; what lies behind a gap is found as left over.
  do {
    const std::string name = LayerName(parameters.layers.size());
    LayerParameters& layer = parameters.layers.emplace_back();
    CAE_RETURN_IF_ERROR(reader.Read(name, layer.encoder));
    CAE_RETURN_IF_ERROR(reader.Read(DecoderBiasName(name), layer.decoder_bias));
    if (reader.Has(DecoderWeightName(name))) {
      CAE_RETURN_IF_ERROR(reader.Read(DecoderWeightName(name), layer.decoder_weight));
    }
  } while (reader.Has(WeightName(LayerName(parameters.layers.size()))));
  return absl::OkStatus();
}

absl::Status ReadClassifier(TensorReader& reader, ClassifierParameters& classifier) {
  if (!reader.Has(WeightName(kClassifierOutput))) return absl::OkStatus();
  CAE_RETURN_IF_ERROR(reader.Read(kClassifierOutput, classifier.output));
  while (reader.Has(WeightName(ClassifierLayerName(classifier.layers.size())))) {
    const std::string name = ClassifierLayerName(classifier.layers.size());
    CAE_RETURN_IF_ERROR(reader.Read(name, classifier.layers.emplace_back()));
  }
  return absl::OkStatus();
}

absl::Status ReadInputsAndExamples(TensorReader& reader, ModelParameters& parameters) {
  if (reader.Has(kInputOffset) || reader.Has(kInputScale)) {
    CAE_RETURN_IF_ERROR(reader.Read(kInputOffset, parameters.input_offset));
    CAE_RETURN_IF_ERROR(reader.Read(kInputScale, parameters.input_scale));
  }
  CAE_RETURN_IF_ERROR(reader.Read(kStartExamples, parameters.start_examples));
  if (reader.Has(kGoldenInputs) || reader.Has(kGoldenCodes)) {
    CAE_RETURN_IF_ERROR(reader.Read(kGoldenInputs, parameters.golden_inputs));
    CAE_RETURN_IF_ERROR(reader.Read(kGoldenCodes, parameters.golden_codes));
  }
  return absl::OkStatus();
}

/// The matrices that follow the storage type of a file, by name.
std::vector<std::pair<std::string, Matrix*>> StoredMatrices(ModelParameters& parameters) {
  std::vector<std::pair<std::string, Matrix*>> matrices;
  for (std::size_t l = 0; l < parameters.layers.size(); ++l) {
    LayerParameters& layer = parameters.layers[l];
    matrices.emplace_back(WeightName(LayerName(l)), &layer.encoder.weight);
    matrices.emplace_back(DecoderWeightName(LayerName(l)), &layer.decoder_weight);
  }
  ClassifierParameters& classifier = parameters.classifier;
  for (std::size_t l = 0; l < classifier.layers.size(); ++l) {
    matrices.emplace_back(WeightName(ClassifierLayerName(l)), &classifier.layers[l].weight);
  }
  matrices.emplace_back(WeightName(kClassifierOutput), &classifier.output.weight);
  matrices.emplace_back(kStartExamples, &parameters.start_examples);
  return matrices;
}

/// Adds tensors to a writer and keeps the first error. A tensor without elements is not written.
class TensorAdder {
 public:
  TensorAdder(SafetensorsWriter& writer, StorageType type) : writer_(writer), type_(type) {}

  void AddStored(absl::string_view name, const Matrix& matrix) { Add(name, matrix, type_); }
  void Add(absl::string_view name, const Matrix& matrix, StorageType type = StorageType::kFloat32) {
    if (matrix.size() > 0) status_.Update(writer_.AddMatrix(name, matrix, type));
  }
  void Add(absl::string_view name, const Vector& vector) {
    if (vector.size() == 0) return;
    status_.Update(writer_.AddVector(name, vector, StorageType::kFloat32));
  }
  void Add(absl::string_view layer, const DenseParameters& dense) {
    AddStored(WeightName(layer), dense.weight);
    Add(BiasName(layer), dense.bias);
  }

  const absl::Status& status() const { return status_; }

 private:
  SafetensorsWriter& writer_;
  const StorageType type_;
  absl::Status status_;
};

absl::Status AddTensors(const ModelParameters& parameters, StorageType type,
                        SafetensorsWriter& writer) {
  TensorAdder adder(writer, type);
  for (std::size_t l = 0; l < parameters.layers.size(); ++l) {
    const LayerParameters& layer = parameters.layers[l];
    adder.Add(LayerName(l), layer.encoder);
    adder.AddStored(DecoderWeightName(LayerName(l)), layer.decoder_weight);
    adder.Add(DecoderBiasName(LayerName(l)), layer.decoder_bias);
  }
  for (std::size_t l = 0; l < parameters.classifier.layers.size(); ++l) {
    adder.Add(ClassifierLayerName(l), parameters.classifier.layers[l]);
  }
  adder.Add(kClassifierOutput, parameters.classifier.output);
  adder.Add(kInputOffset, parameters.input_offset);
  adder.Add(kInputScale, parameters.input_scale);
  adder.AddStored(kStartExamples, parameters.start_examples);
  adder.Add(kGoldenInputs, parameters.golden_inputs);
  adder.Add(kGoldenCodes, parameters.golden_codes);
  return adder.status();
}

}  // namespace

absl::StatusOr<ModelFile> ParseModelFile(absl::string_view bytes) {
  CAE_ASSIGN_OR_RETURN(const SafetensorsView view, SafetensorsView::Parse(bytes));
  CAE_RETURN_IF_ERROR(CheckFormatVersion(view.metadata()));
  ModelFile file;
  TensorReader reader(view);
  CAE_RETURN_IF_ERROR(ReadLayers(reader, file.parameters));
  CAE_RETURN_IF_ERROR(ReadClassifier(reader, file.parameters.classifier));
  CAE_RETURN_IF_ERROR(ReadInputsAndExamples(reader, file.parameters));
  CAE_RETURN_IF_ERROR(reader.CheckNothingLeft());
  CAE_RETURN_IF_ERROR(ReadModelMetadata(view.metadata(), file.parameters));
  CAE_RETURN_IF_ERROR(Validate(file.parameters));
  file.digest = Sha256Hex(bytes);
  return file;
}

absl::StatusOr<ModelFile> LoadModelFile(const std::string& path, std::int64_t max_bytes) {
  CAE_ASSIGN_OR_RETURN(const std::string bytes, ReadFile(path, max_bytes));
  absl::StatusOr<ModelFile> file = ParseModelFile(bytes);
  if (!file.ok()) return Prefixed(file.status(), absl::StrCat("model file '", path, "': "));
  return file;
}

absl::StatusOr<std::string> SerializeModelFile(const ModelParameters& parameters,
                                               StorageType type) {
  CAE_RETURN_IF_ERROR(Validate(parameters));
  SafetensorsWriter writer;
  writer.SetMetadata(MakeModelMetadata(parameters));
  CAE_RETURN_IF_ERROR(AddTensors(parameters, type, writer));
  CAE_ASSIGN_OR_RETURN(std::string bytes, writer.Serialize());
  // Read back: a file that cannot be loaded must fail here, not in a server a week later.
  const absl::StatusOr<ModelFile> read = ParseModelFile(bytes);
  if (!read.ok()) return Prefixed(read.status(), "this model cannot be stored: ");
  if (read->parameters.card.class_labels != parameters.card.class_labels) {
    return absl::InvalidArgumentError("this model cannot be stored: a class label is not UTF-8");
  }
  return bytes;
}

absl::Status SaveModelFile(const std::string& path, const ModelParameters& parameters,
                           StorageType type) {
  absl::StatusOr<std::string> bytes = SerializeModelFile(parameters, type);
  if (!bytes.ok()) return Prefixed(bytes.status(), absl::StrCat("model file '", path, "': "));
  return WriteFileAtomically(path, *bytes);
}

absl::StatusOr<ModelParameters> RoundToStorage(ModelParameters parameters, StorageType type) {
  for (auto& [name, matrix] : StoredMatrices(parameters)) {
    const absl::Span<float> values(matrix->data(), static_cast<std::size_t>(matrix->size()));
    if (const absl::Status status = RoundToStorage(values, type); !status.ok()) {
      return Prefixed(status, absl::StrCat("tensor ", Quoted(name), ": "));
    }
  }
  return parameters;
}

}  // namespace cae
