#include "core/math/packed_product.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "core/math/onednn.h"

namespace cae {

struct PackedProduct::Arguments {
  dnnl::memory source, destination, scratchpad;
  std::array<dnnl_exec_arg_t, 5> list;
  int count = 0;

  void Add(int name, const dnnl::memory& memory) { list[count++] = {name, memory.get()}; }
};

PackedProduct::PackedProduct(const dnnl::matmul::primitive_desc& chosen, dnnl::memory weights,
                             dnnl::memory bias)
    : primitive_(chosen),
      source_(chosen.src_desc()),
      destination_(chosen.dst_desc()),
      scratchpad_(chosen.scratchpad_desc()),
      weights_(std::move(weights)),
      bias_(std::move(bias)),
      blocked_(absl::StartsWith(chosen.impl_info_str(), "brg")) {}

PackedProduct::~PackedProduct() = default;

void PackedProduct::Run(const void* source, float* destination, Workspace& workspace) const {
  std::unique_ptr<Arguments> arguments = Take();
  arguments->source.set_data_handle(const_cast<void*>(source));
  arguments->destination.set_data_handle(destination);
  arguments->scratchpad.set_data_handle(workspace.scratchpad.Bytes(scratchpad_.get_size()));
  dnnl::stream& stream = onednn::ThreadStream();
  dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive_.get(), stream.get(), arguments->count,
                                                 arguments->list.data()),
                          "the product was not executed");
  stream.wait();
  MutexLock lock(mutex_);
  idle_.push_back(std::move(arguments));
}

std::unique_ptr<PackedProduct::Arguments> PackedProduct::Take() const {
  {
    MutexLock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Arguments> arguments = std::move(idle_.back());
      idle_.pop_back();
      return arguments;
    }
  }
  const dnnl::engine& engine = onednn::CpuEngine();
  auto arguments = std::make_unique<Arguments>();
  arguments->source = dnnl::memory(source_, engine, nullptr);
  arguments->destination = dnnl::memory(destination_, engine, nullptr);
  arguments->scratchpad = dnnl::memory(scratchpad_, engine, nullptr);
  arguments->Add(DNNL_ARG_SRC, arguments->source);
  arguments->Add(DNNL_ARG_WEIGHTS, weights_);
  if (bias_) arguments->Add(DNNL_ARG_BIAS, bias_);
  arguments->Add(DNNL_ARG_DST, arguments->destination);
  arguments->Add(DNNL_ARG_SCRATCHPAD, arguments->scratchpad);
  return arguments;
}

}  // namespace cae
