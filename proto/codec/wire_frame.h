// WireFrame: a message as it is sent, put together from parts.
#ifndef CAE_PROTO_CODEC_WIRE_FRAME_H_
#define CAE_PROTO_CODEC_WIRE_FRAME_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "cae/v1/tensor.pb.h"
#include "proto/codec/tensor_writer.h"

namespace cae {

/// Bytes that are sent from where they lie: the first `size` of them.
grpc::Slice ToSlice(std::unique_ptr<char[]> bytes, std::size_t size);

/// What protobuf would serialise, without its copy of large tensors: fields that it has serialised
/// and, between them, elements that were written where they are sent from. Parts may come in any
/// order, as on any wire. Thread-compatible.
class WireFrame {
 public:
  /// All fields of `message`.
  void Add(const google::protobuf::MessageLite& message);
  /// Field `number`, a message.
  void AddMessage(int number, WireFrame message);
  /// Field `number`, a Tensor of that shape whose elements, as ConvertElements makes them, are
  /// `elements` together.
  void AddTensor(int number, absl::Span<const std::int64_t> shape, TensorFormat format,
                 std::vector<grpc::Slice> elements);

  std::size_t size() const { return size_; }
  /// Leaves it empty.
  grpc::ByteBuffer Release();

 private:
  void AddBytes(const std::string& bytes);
  void AddSlices(std::vector<grpc::Slice> slices, std::size_t size);
  /// What stands before a field of so many bytes.
  void AddTag(int number, std::size_t size);
  void SealHead();

  std::vector<grpc::Slice> slices_;
  std::string head_;  ///< small parts that follow the slices
  std::size_t size_ = 0;
};

}  // namespace cae

#endif  // CAE_PROTO_CODEC_WIRE_FRAME_H_
