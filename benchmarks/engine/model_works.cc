#include <map>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmarks/engine/works.h"
#include "core/base/check.h"
#include "core/base/mutex.h"
#include "core/io/model_file.h"
#include "core/math/normal.h"

namespace cae::benchmarks {
namespace {

constexpr double kRowsARun = 512;  ///< a few milliseconds

class Encoding : public Work {
 public:
  Encoding(std::shared_ptr<const Autoencoder> model, Index rows)
      : model_(std::move(model)),
        inputs_((Matrix::Random(rows, model_->input_units()).array() + 1) / 2),
        codes_(Matrix::Zero(rows, model_->code_units())) {}

  double Run() override {
    const int runs = 1 + static_cast<int>(kRowsARun / inputs_.rows());
    for (int i = 0; i < runs; ++i) {
      model_->Encode(inputs_, model_->layers(), codes_, workspace_);
    }
    return static_cast<double>(inputs_.rows()) * runs;
  }

 private:
  const std::shared_ptr<const Autoencoder> model_;
  const Matrix inputs_;
  Matrix codes_;
  Workspace workspace_;
};

class Noise : public Work {
 public:
  explicit Noise(Index size) : normals_(static_cast<std::size_t>(size)) {}
  double Run() override {
    for (int i = 0; i < 64; ++i) {
      StandardNormals(1, {0, ++step_}, absl::MakeSpan(normals_));
    }
    return 64.0 * static_cast<double>(normals_.size());
  }

 private:
  std::vector<float> normals_;
  std::uint64_t step_ = 0;
};

}  // namespace

std::shared_ptr<const Autoencoder> ModelFor(const Arguments& arguments) {
  return ModelFor(arguments, arguments.Text("precision", "f32"));
}

std::shared_ptr<const Autoencoder> ModelFor(const Arguments& arguments,
                                            const std::string& precision) {
  static Mutex mutex;
  static auto& models = *new std::map<std::string, std::shared_ptr<const Autoencoder>>;
  const std::string path = arguments.Text("model", "models/mnist-cae1/1/model.safetensors");
  CAE_CHECK(precision == "f32" || precision == "bf16",
            absl::StrCat("precision=", precision, "; it is f32 or bf16"));
  MutexLock lock(mutex);
  std::shared_ptr<const Autoencoder>& model = models[absl::StrCat(precision, " ", path)];
  if (model == nullptr) {
    absl::StatusOr<ModelFile> file = LoadModelFile(path);
    CAE_CHECK(file.ok(), absl::StrCat(file.status().ToString()));
    auto made =
        Autoencoder::Create(std::move(file->parameters),
                            precision == "f32" ? Precision::kFloat32 : Precision::kBFloat16);
    CAE_CHECK(made.ok(), absl::StrCat(made.status().ToString()));
    model = *std::move(made);
  }
  return model;
}

std::unique_ptr<Work> MakeEncode(const Arguments& arguments) {
  return std::make_unique<Encoding>(ModelFor(arguments), arguments.Number("rows", 256));
}

std::unique_ptr<Work> MakeNoise(const Arguments& arguments) {
  return std::make_unique<Noise>(arguments.Number("size", 1000));
}

}  // namespace cae::benchmarks
