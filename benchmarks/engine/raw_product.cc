#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "benchmarks/engine/works.h"
#include "core/base/check.h"
#include "core/math/onednn.h"

namespace cae::benchmarks {
namespace {

constexpr double kFlopsARun = 4e8;  ///< a few milliseconds

class RawProduct : public Work {
 public:
  RawProduct(Index rows, Index inputs, Index units, dnnl::memory::data_type type)
      : rows_(rows), runs_(1 + static_cast<int>(kFlopsARun / (2.0 * rows * inputs * units))) {
    using dnnl::memory;
    onednn::UseCallingThreadOnly();
    MutexLock lock(onednn::CreationMutex());
    const auto row_major = memory::format_tag::ab;
    const dnnl::engine& engine = onednn::CpuEngine();
    const dnnl::matmul::desc desc({{rows, inputs}, type, row_major},
                                  {{inputs, units}, type, memory::format_tag::any},
                                  {{rows, units}, memory::data_type::f32, row_major});
    const dnnl::matmul::primitive_desc chosen(desc, engine);
    primitive_ = dnnl::matmul(chosen);
    arguments_ = {{DNNL_ARG_SRC, Random({rows, inputs}, chosen.src_desc())},
                  {DNNL_ARG_WEIGHTS, Random({inputs, units}, chosen.weights_desc())},
                  {DNNL_ARG_DST, memory(chosen.dst_desc(), engine)}};
  }

  double Run() override {
    onednn::UseCallingThreadOnly();
    for (int i = 0; i < runs_; ++i) {
      primitive_.execute(onednn::ThreadStream(), arguments_);
      onednn::ThreadStream().wait();
    }
    return static_cast<double>(rows_) * runs_;
  }

 private:
  // Random numbers in whatever format and type the product asks for.
  static dnnl::memory Random(const dnnl::memory::dims& shape, const dnnl::memory::desc& wanted) {
    const dnnl::engine& engine = onednn::CpuEngine();
    Matrix values = Matrix::Random(shape[0], shape[1]);
    dnnl::memory plain({shape, dnnl::memory::data_type::f32, dnnl::memory::format_tag::ab}, engine,
                       values.data());
    dnnl::memory packed(wanted, engine);
    dnnl::reorder(plain, packed).execute(onednn::ThreadStream(), plain, packed);
    onednn::ThreadStream().wait();
    return packed;
  }

  const Index rows_;
  const int runs_;
  dnnl::matmul primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace

std::unique_ptr<Work> MakeRawProduct(const Arguments& arguments) {
  const std::string type = arguments.Text("type", "f32");
  CAE_CHECK(type == "f32" || type == "bf16", absl::StrCat("type=", type, "; it is f32 or bf16"));
  return std::make_unique<RawProduct>(
      arguments.Number("rows", 256), arguments.Number("inputs", 784),
      arguments.Number("units", 1000),
      type == "f32" ? dnnl::memory::data_type::f32 : dnnl::memory::data_type::bf16);
}

}  // namespace cae::benchmarks
