#include "proto/codec/wire_frame.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <array>
#include <cstdint>
#include <iterator>
#include <utility>

namespace cae {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

}  // namespace

grpc::Slice ToSlice(std::unique_ptr<char[]> bytes, std::size_t size) {
  return grpc::Slice(bytes.release(), size,
                     [](void* memory) { delete[] static_cast<char*>(memory); });
}

void WireFrame::AddBytes(const std::string& bytes) {
  head_ += bytes;
  size_ += bytes.size();
}

void WireFrame::SealHead() {
  if (!head_.empty()) slices_.emplace_back(head_);
  head_.clear();
}

void WireFrame::AddSlices(std::vector<grpc::Slice> slices, std::size_t size) {
  SealHead();
  std::move(slices.begin(), slices.end(), std::back_inserter(slices_));
  size_ += size;
}

void WireFrame::AddTag(int number, std::size_t size) {
  std::array<std::uint8_t, 2 * 10> bytes;  // two varints
  std::uint8_t* end = CodedOutputStream::WriteTagToArray(
      WireFormatLite::MakeTag(number, WireFormatLite::WIRETYPE_LENGTH_DELIMITED), bytes.data());
  end = CodedOutputStream::WriteVarint64ToArray(size, end);
  AddBytes(std::string(bytes.data(), end));
}

void WireFrame::Add(const google::protobuf::MessageLite& message) {
  AddBytes(message.SerializeAsString());
}

void WireFrame::AddMessage(int number, WireFrame message) {
  message.SealHead();
  AddTag(number, message.size_);
  AddSlices(std::move(message.slices_), message.size_);
}

void WireFrame::AddTensor(int number, absl::Span<const std::int64_t> shape, TensorFormat format,
                          std::vector<grpc::Slice> elements) {
  v1::Tensor head;
  head.set_data_type(format.type);
  head.mutable_shape()->Add(shape.begin(), shape.end());
  std::size_t bytes = 0;
  for (const grpc::Slice& slice : elements) bytes += slice.size();
  WireFrame tensor;
  tensor.Add(head);
  // Packed floats look as their bytes do.
  tensor.AddTag(format.as_values ? v1::Tensor::kValuesFieldNumber : v1::Tensor::kDataFieldNumber,
                bytes);
  tensor.AddSlices(std::move(elements), bytes);
  AddMessage(number, std::move(tensor));
}

grpc::ByteBuffer WireFrame::Release() {
  SealHead();
  grpc::ByteBuffer buffer(slices_.data(), slices_.size());
  slices_.clear();
  size_ = 0;
  return buffer;
}

}  // namespace cae
