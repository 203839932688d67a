// ArenaMessages: request and response of a unary call on one arena.
#ifndef CAE_SERVER_SERVICES_ARENA_MESSAGES_H_
#define CAE_SERVER_SERVICES_ARENA_MESSAGES_H_

#include <google/protobuf/arena.h>
#include <grpcpp/support/message_allocator.h>

#include <cstddef>

namespace cae {

/// What gRPC makes the messages of a method with: one block of memory a call, in which everything
/// but the elements of large tensors finds room, given back at once. Thread-safe.
template <typename Request, typename Response>
class ArenaMessages final : public grpc::MessageAllocator<Request, Response> {
 public:
  grpc::MessageHolder<Request, Response>* AllocateMessages() override { return new Holder; }

 private:
  /// Of request and response without their tensors' elements; a Tensor alone is some 100 bytes.
  static constexpr std::size_t kBlockBytes = 1536;

  class Holder final : public grpc::MessageHolder<Request, Response> {
   public:
    Holder() : arena_(block_, sizeof block_) {
      this->set_request(google::protobuf::Arena::CreateMessage<Request>(&arena_));
      this->set_response(google::protobuf::Arena::CreateMessage<Response>(&arena_));
    }
    void Release() override { delete this; }

   private:
    alignas(8) char block_[kBlockBytes];
    google::protobuf::Arena arena_;
  };
};

}  // namespace cae

#endif  // CAE_SERVER_SERVICES_ARENA_MESSAGES_H_
