#include "server/requests/draw_tensor.h"

#include <algorithm>
#include <utility>

#include "proto/codec/tensor_check.h"
#include "proto/codec/tensor_writer.h"

namespace cae {

DrawTensor::DrawTensor(const char* field, std::int64_t chains, Index units, TensorFormat format,
                       std::int64_t draws_per_chunk)
    : field_(field),
      chains_(chains),
      units_(units),
      format_(format),
      element_bytes_(ElementBytes(format.type)),
      draw_bytes_(chains * units * element_bytes_),
      draws_per_chunk_(draws_per_chunk) {}

char* DrawTensor::Slot() {
  MutexLock lock(mutex_);
  const auto chunk = static_cast<std::size_t>(draws_ / draws_per_chunk_);
  if (chunk == chunks_.size()) {
    // Uninitialised: every byte that is sent is written before.
    chunks_.emplace_back(new char[static_cast<std::size_t>(draws_per_chunk_ * draw_bytes_)]);
  }
  return chunks_[chunk].get() + draws_ % draws_per_chunk_ * draw_bytes_;
}

absl::Status DrawTensor::PutRows(Index first, ConstMatrixView rows) {
  const auto elements = absl::MakeConstSpan(rows.data(), rows.size());
  const std::int64_t begin = first * units_;
  const std::size_t fitting =
      ConvertElements(elements, format_.type, Slot() + begin * element_bytes_);
  if (fitting == elements.size()) return absl::OkStatus();
  const std::int64_t position =
      draws_ * chains_ * units_ + begin + static_cast<std::int64_t>(fitting);
  return NotRepresentable(field_, {draws_ + 1, chains_, units_}, position, elements[fitting],
                          format_.type);
}

void DrawTensor::MoveTo(int number, WireFrame& frame) {
  std::vector<grpc::Slice> slices;
  {
    MutexLock lock(mutex_);
    std::int64_t left = draws_;
    for (auto& chunk : chunks_) {
      const std::int64_t draws = std::min(left, draws_per_chunk_);
      slices.push_back(ToSlice(std::move(chunk), static_cast<std::size_t>(draws * draw_bytes_)));
      left -= draws;
    }
    chunks_.clear();
  }
  frame.AddTensor(number, {draws_, chains_, units_}, format_, std::move(slices));
  draws_ = 0;
}

}  // namespace cae
