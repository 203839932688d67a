#include "proto/codec/wire_frame.h"

#include <gmock/gmock.h>

#include <cstring>
#include <vector>

#include "cae/v1/cae_service.pb.h"
#include "core/math/matrix.h"
#include "proto/codec/tensor_codec.h"

namespace cae {
namespace {

std::string Bytes(WireFrame frame) {
  std::vector<grpc::Slice> slices;
  const grpc::ByteBuffer buffer = frame.Release();
  EXPECT_TRUE(buffer.Dump(&slices).ok());
  std::string bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

/// The elements in two slices, the second with room that is not used.
std::vector<grpc::Slice> Elements(const Matrix& rows, v1::DataType type, std::size_t bytes) {
  auto all = std::make_unique<char[]>(rows.size() * sizeof(float));
  ConvertElements(absl::MakeConstSpan(rows.data(), rows.size()), type, all.get());
  auto first = std::make_unique<char[]>(8), second = std::make_unique<char[]>(bytes);
  std::memcpy(first.get(), all.get(), 8);
  std::memcpy(second.get(), all.get() + 8, bytes - 8);
  std::vector<grpc::Slice> slices;
  slices.push_back(ToSlice(std::move(first), 8));
  slices.push_back(ToSlice(std::move(second), bytes - 8));
  return slices;
}

TEST(WireFrameTest, IsWhatProtobufWouldSend) {
  const Matrix rows = (Matrix::Random(6, 5).array() + 1) / 2;
  const std::int64_t shape[] = {2, 3, 5};
  for (const TensorFormat format :
       {TensorFormat{v1::DATA_TYPE_FLOAT32}, TensorFormat{v1::DATA_TYPE_FLOAT32, true},
        TensorFormat{v1::DATA_TYPE_FLOAT16}, TensorFormat{v1::DATA_TYPE_UINT8}}) {
    v1::SampleResponse expected;
    expected.mutable_header()->set_seed(42);
    expected.set_first_draw(300);
    const auto elements = absl::MakeConstSpan(rows.data(), rows.size());
    ASSERT_TRUE(EncodeTensor(elements, shape, format, "x", expected.mutable_samples()).ok());
    expected.mutable_state()->set_step(7);
    ASSERT_TRUE(EncodeTensor(rows, {}, "x", expected.mutable_state()->mutable_tensor()).ok());

    v1::SampleResponse head;
    *head.mutable_header() = expected.header();
    head.set_first_draw(300);
    WireFrame frame;
    frame.Add(head);
    const std::size_t bytes =
        rows.size() * (format.as_values ? 4 : expected.samples().data().size() / rows.size());
    frame.AddTensor(v1::SampleResponse::kSamplesFieldNumber, shape, format,
                    Elements(rows, format.type, bytes));
    v1::SampleState state_head;
    state_head.set_step(7);
    WireFrame state;
    state.Add(state_head);
    state.AddTensor(v1::SampleState::kTensorFieldNumber, {6, 5}, {},
                    Elements(rows, v1::DATA_TYPE_FLOAT32, rows.size() * 4));
    frame.AddMessage(v1::SampleResponse::kStateFieldNumber, std::move(state));
    EXPECT_EQ(frame.size(), expected.ByteSizeLong());
    EXPECT_EQ(Bytes(std::move(frame)), expected.SerializeAsString());
  }
}

TEST(WireFrameTest, NothingIsTheEmptyMessage) {
  EXPECT_EQ(Bytes(WireFrame()), "");
  WireFrame frame;
  frame.AddMessage(1, WireFrame());
  EXPECT_EQ(frame.size(), 2u);
}

}  // namespace
}  // namespace cae
