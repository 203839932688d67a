#include "core/math/packed_dense.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "core/base/check.h"
#include "core/math/conversion.h"
#include "core/math/onednn.h"
#include "core/math/packed_product.h"

namespace cae {
namespace {

using dnnl::memory;

// Tile classes, where oneDNN's brgemm is at work (AVX-512 and AMX), which treats all rows alike.
constexpr std::array<Index, 7> kBlockedTiles = {1, 4, 8, 16, 32, 64, 256};
// And below: multiples of six rows, and 64, are the sizes at which the AVX2 kernels treat all rows
// alike, and large products are cut in ways that depend on their rows. What really holds on this
// machine and for this shape is found out by the probe.
constexpr std::array<Index, 6> kOtherTiles = {1, 6, 12, 24, 48, 64};

// Tiles of this many rows and more are worth a product of their own beside a rest; fewer rows are
// padded.
constexpr Index kWorthwhileBlockedRows = 16;
constexpr Index kWorthwhileRows = 48;

// Blocked tiles of up to this many rows are probed with every output, larger ones with the first.
constexpr Index kFullyProbedRows = 32;

memory::data_type DataType(Precision precision) {
  return precision == Precision::kFloat32 ? memory::data_type::f32 : memory::data_type::bf16;
}

memory::desc RowMajor(Index rows, Index cols) {
  return {{rows, cols}, memory::data_type::f32, memory::format_tag::ab};
}

dnnl::primitive_attr Attributes(Activation activation) {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  dnnl::post_ops post_ops;
  switch (activation) {
    case Activation::kLogistic:
      post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_logistic, 0.0f, 0.0f);
      break;
    case Activation::kTanh:
      post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_tanh, 0.0f, 0.0f);
      break;
    case Activation::kRelu:
      post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
      break;
    case Activation::kIdentity:
      return attributes;
  }
  attributes.set_post_ops(post_ops);
  return attributes;
}

}  // namespace

class PackedDense::Impl {
 public:
  Impl(ConstMatrixView weight, Layout layout, const Vector& bias, Activation activation,
       const Options& options)
      : inputs_(layout == Layout::kOutputsByInputs ? weight.cols() : weight.rows()),
        outputs_(layout == Layout::kOutputsByInputs ? weight.rows() : weight.cols()),
        bias_(bias),
        precision_(options.precision) {
    // oneDNN wants [inputs, outputs]; a matrix stored the other way round is the same bytes read
    // with format ba.
    const memory source(
        {{inputs_, outputs_},
         memory::data_type::f32,
         layout == Layout::kOutputsByInputs ? memory::format_tag::ba : memory::format_tag::ab},
        onednn::CpuEngine(), const_cast<float*>(weight.data()));
    MutexLock lock(onednn::CreationMutex());
    tiles_.push_back(MakeTile(1, activation, options.outputs, source));
    const bool blocked = tiles_.front().blocked();
    worthwhile_rows_ = blocked ? kWorthwhileBlockedRows : kWorthwhileRows;
    for (const Index rows : blocked ? absl::MakeConstSpan(kBlockedTiles) : kOtherTiles) {
      if (rows > 1) tiles_.push_back(MakeTile(rows, activation, options.outputs, source));
    }
  }

  Index inputs() const { return inputs_; }
  Index outputs() const { return outputs_; }
  const std::vector<Index>& tile_rows() const { return tile_rows_; }

  std::size_t packed_bytes() const {
    std::size_t bytes = 0;
    for (const memory& weights : packed_) bytes += weights.get_desc().get_size();
    return bytes;
  }

  /// Keeps the tile classes at whose every position a row has the same bits, and of these the
  /// largest set that gives one row the same bits (of equally large sets the one with the largest
  /// tile). A single row is such a class, so at least one is left.
  ///
  /// Where a single row goes through a matrix-vector kernel (every instruction set below AVX-512)
  /// it rounds otherwise than a row among many, but perhaps in the last column only and for every
  /// other input only, which the probe row may miss: there it never stands beside larger classes.
  void ProbeTiles(Workspace& workspace) {
    const Matrix inputs = ProbeInputs(tiles_.back().rows);
    Matrix outputs(inputs.rows(), outputs_);
    std::vector<Bits> bits;
    for (const Tile& tile : tiles_) bits.push_back(ProbeBits(tile, inputs, outputs, workspace));
    const auto agree = [&](std::size_t i, std::size_t j) {
      const bool may_differ = tiles_[std::min(i, j)].rows == 1 && !tiles_[0].blocked();
      return i == j || (bits[j].equal_at_all_positions && !may_differ &&
                        SameBits(bits[i].rows, bits[j].rows));
    };
    std::vector<std::size_t> kept;
    for (std::size_t i = tiles_.size(); i-- > 0;) {
      std::vector<std::size_t> set;
      for (std::size_t j = 0; j < tiles_.size() && bits[i].equal_at_all_positions; ++j) {
        if (agree(i, j)) set.push_back(j);
      }
      if (set.size() > kept.size()) kept = std::move(set);
    }
    std::vector<Tile> tiles;
    for (const std::size_t i : kept) {
      tile_rows_.push_back(tiles_[i].rows);
      tiles.push_back(std::move(tiles_[i]));
    }
    tiles_ = std::move(tiles);
  }

  void Apply(ConstMatrixView inputs, Output output, MatrixView outputs,
             Workspace& workspace) const {
    Index row = 0;
    for (auto tile = tiles_.rbegin(); tile != tiles_.rend(); ++tile) {
      if (tile->rows < worthwhile_rows_ && tile != tiles_.rbegin()) break;
      for (; row + tile->rows <= inputs.rows(); row += tile->rows) {
        Execute(*tile, output, Rows(inputs, row, tile->rows), Rows(outputs, row, tile->rows),
                workspace);
      }
    }
    const Index rest = inputs.rows() - row;
    if (rest == 0) return;
    const Tile& tile = *std::find_if(tiles_.begin(), tiles_.end(),
                                     [rest](const Tile& t) { return t.rows >= rest; });
    Execute(tile, output, Rows(inputs, row, rest), Rows(outputs, row, rest), workspace);
  }

 private:
  struct Tile {
    Index rows = 0;
    std::vector<std::pair<Output, std::unique_ptr<PackedProduct>>> products;
    bool blocked() const { return products.front().second->blocked(); }
    const PackedProduct& product(Output output) const {
      const auto found = std::find_if(products.begin(), products.end(),
                                      [output](const auto& made) { return made.first == output; });
      CAE_CHECK(found != products.end(), "an output that was not asked for at Pack()");
      return *found->second;
    }
  };
  struct Bits {
    std::vector<float> rows;  ///< of each output that was probed, in their order
    bool equal_at_all_positions = false;
  };

  /// Equal as bits, as far as both were probed: huge weights may overflow to NaN, which equals no
  /// float.
  static bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
    return std::memcmp(a.data(), b.data(), std::min(a.size(), b.size()) * sizeof(float)) == 0;
  }

  Tile MakeTile(Index rows, Activation activation, const std::vector<Output>& outputs,
                const memory& source) {
    Tile tile;
    tile.rows = rows;
    for (const Output output : outputs) {
      tile.products.emplace_back(
          output,
          MakeProduct(rows, output != Output::kLinear && bias_.size() > 0,
                      output == Output::kActivated ? activation : Activation::kIdentity, source));
    }
    return tile;
  }

  std::unique_ptr<PackedProduct> MakeProduct(Index rows, bool with_bias, Activation activation,
                                             const memory& source) {
    const memory::data_type type = DataType(precision_);
    const dnnl::matmul::desc description({{rows, inputs_}, type, memory::format_tag::ab},
                                         {{inputs_, outputs_}, type, memory::format_tag::any},
                                         with_bias ? RowMajor(1, outputs_) : memory::desc(),
                                         RowMajor(rows, outputs_));
    const dnnl::matmul::primitive_desc chosen(description, Attributes(activation),
                                              onednn::CpuEngine());
    const memory bias =
        with_bias ? memory(RowMajor(1, outputs_), onednn::CpuEngine(), bias_.data()) : memory();
    return std::make_unique<PackedProduct>(chosen, PackedAs(chosen.weights_desc(), source), bias);
  }

  /// The weights in that format; most products share one.
  memory PackedAs(const memory::desc& format, const memory& source) {
    for (const memory& packed : packed_) {
      if (packed.get_desc() == format) return packed;
    }
    memory packed(format, onednn::CpuEngine());
    dnnl::stream& stream = onednn::ThreadStream();
    memory from = source;
    dnnl::reorder(from, packed).execute(stream, from, packed);
    stream.wait();
    packed_.push_back(packed);
    return packed;
  }

  /// As many rows as the tile has, or fewer, which are padded with zero rows.
  void Execute(const Tile& tile, Output output, ConstMatrixView inputs, MatrixView outputs,
               Workspace& workspace) const {
    const bool full = inputs.rows() == tile.rows;
    float* const result =
        full ? outputs.data() : workspace.padded_output.Floats(tile.rows * outputs_);
    const void* source = inputs.data();
    if (precision_ == Precision::kBFloat16) {
      source = Staged<std::uint16_t>(tile, inputs, workspace);
    } else if (!full) {
      source = Staged<float>(tile, inputs, workspace);
    }
    tile.product(output).Run(source, result, workspace);
    if (!full) std::copy_n(result, outputs.size(), outputs.data());
  }

  /// The rows as numbers of the products, and zeros behind them.
  template <typename Number>
  const Number* Staged(const Tile& tile, ConstMatrixView inputs, Workspace& workspace) const {
    const auto size = static_cast<std::size_t>(tile.rows * inputs_);
    const auto used = static_cast<std::size_t>(inputs.size());
    auto* const staged = static_cast<Number*>(workspace.padded_input.Bytes(size * sizeof(Number)));
    if constexpr (std::is_same_v<Number, float>) {
      std::copy_n(inputs.data(), used, staged);
    } else {
      FloatsToBFloat16({inputs.data(), used}, {staged, used});
    }
    std::fill(staged + used, staged + size, Number{0});
    return staged;
  }

  /// The probe row, that many times.
  Matrix ProbeInputs(Index rows) const {
    std::mt19937 generator(20120626);
    Matrix inputs(rows, inputs_);
    for (Index i = 0; i < inputs_; ++i) {
      inputs(0, i) = static_cast<float>(generator()) / static_cast<float>(std::mt19937::max());
    }
    for (Index row = 1; row < rows; ++row) inputs.row(row) = inputs.row(0);
    return inputs;
  }

  /// Pushes the probe row through every position of a tile at once. Both matrices have as many rows
  /// as the largest tile.
  Bits ProbeBits(const Tile& tile, const Matrix& inputs, Matrix& outputs,
                 Workspace& workspace) const {
    Bits bits;
    bits.equal_at_all_positions = true;
    for (const auto& [output, product] : tile.products) {
      Execute(tile, output, Rows(ConstMatrixView(inputs), 0, tile.rows),
              Rows(MatrixView(outputs), 0, tile.rows), workspace);
      for (Index row = 1; row < tile.rows; ++row) {
        bits.equal_at_all_positions &= std::memcmp(outputs.data(), outputs.data() + row * outputs_,
                                                   outputs_ * sizeof(float)) == 0;
      }
      bits.rows.insert(bits.rows.end(), outputs.data(), outputs.data() + outputs_);
      // Large tiles of brgemm take their load time: there one output, with all that may follow the
      // sums, stands for the others, whose sums are the same.
      if (tile.blocked() && tile.rows > kFullyProbedRows) break;
    }
    return bits;
  }

  const Index inputs_;
  const Index outputs_;
  Vector bias_;
  const Precision precision_;
  Index worthwhile_rows_ = 0;
  std::vector<memory> packed_;    ///< the weights, once in each format that a product asked for
  std::vector<Tile> tiles_;       ///< ascending in rows
  std::vector<Index> tile_rows_;  ///< of tiles_
};

absl::StatusOr<PackedDense> PackedDense::Pack(ConstMatrixView weight, Layout layout,
                                              const Vector& bias, Activation activation,
                                              const Options& options) {
  onednn::UseCallingThreadOnly();
  try {
    auto impl = std::make_unique<Impl>(weight, layout, bias, activation, options);
    CAE_CHECK(bias.size() == 0 || bias.size() == impl->outputs(),
              absl::StrCat("bias of ", bias.size(), " for ", impl->outputs(), " outputs"));
    Workspace workspace;
    impl->ProbeTiles(workspace);
    return PackedDense(std::move(impl));
  } catch (const dnnl::error& error) {
    if (error.status == dnnl_unimplemented && options.precision != Precision::kFloat32) {
      return absl::FailedPreconditionError(absl::StrCat(
          "this processor has no products in ", PrecisionName(options.precision), "; use float32"));
    }
    return absl::InternalError(absl::StrCat("oneDNN cannot pack a dense layer of ", weight.rows(),
                                            " x ", weight.cols(), ": ", error.what()));
  }
}

PackedDense::PackedDense(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
PackedDense::PackedDense(PackedDense&&) noexcept = default;
PackedDense& PackedDense::operator=(PackedDense&&) noexcept = default;
PackedDense::~PackedDense() = default;

Index PackedDense::inputs() const { return impl_->inputs(); }
Index PackedDense::outputs() const { return impl_->outputs(); }
const std::vector<Index>& PackedDense::tile_rows() const { return impl_->tile_rows(); }
std::size_t PackedDense::packed_bytes() const { return impl_->packed_bytes(); }

void PackedDense::Apply(ConstMatrixView inputs, Output output, MatrixView outputs,
                        Workspace& workspace) const {
  CAE_CHECK(inputs.cols() == impl_->inputs() && outputs.cols() == impl_->outputs() &&
                inputs.rows() == outputs.rows(),
            absl::StrCat("shapes [", inputs.rows(), ", ", inputs.cols(), "] and [", outputs.rows(),
                         ", ", outputs.cols(), "] do not fit the layer"));
  onednn::UseCallingThreadOnly();
  impl_->Apply(inputs, output, outputs, workspace);
}

}  // namespace cae
