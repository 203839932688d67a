#include "benchmarks/kernels/kernel_model.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "core/base/check.h"
#include "core/io/model_file.h"

namespace cae::benchmarks {
namespace {

std::shared_ptr<const Autoencoder> Load(Precision precision) {
  absl::StatusOr<ModelFile> file = LoadModelFile("models/mnist-cae1/1/model.safetensors");
  CAE_CHECK(file.ok(), absl::StrCat(file.status().ToString()));
  auto model = Autoencoder::Create(std::move(file->parameters), precision);
  CAE_CHECK(model.ok(), absl::StrCat(model.status().ToString()));
  return *std::move(model);
}

}  // namespace

const Autoencoder& KernelModel(Precision precision) {
  if (precision == Precision::kBFloat16) {
    static const auto& bfloat16 = *new std::shared_ptr<const Autoencoder>(Load(precision));
    return *bfloat16;
  }
  static const auto& float32 = *new std::shared_ptr<const Autoencoder>(Load(precision));
  return *float32;
}

Matrix KernelInputs(Index rows) {
  const Matrix& starts = KernelModel(Precision::kFloat32).parameters().start_examples;
  Matrix inputs(rows, starts.cols());
  for (Index i = 0; i < rows; ++i) inputs.row(i) = starts.row(i % starts.rows());
  return inputs;
}

}  // namespace cae::benchmarks
