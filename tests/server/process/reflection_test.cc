// Reflection: on by default, and really off where it is switched off.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include "tests/server/process/process_fixture.h"

namespace cae::testing {
namespace {

using ::testing::HasSubstr;

class ReflectionTest : public ProcessFixture {
 protected:
  ReflectionTest() { repository_.Add("tiny", 1); }

  /// Asks for the list of services as any client of the protocol does; the bytes of the answer.
  grpc::Status ListServices(std::string& answer) {
    grpc::CompletionQueue queue;
    const auto context = ClientCall();
    grpc::GenericStub stub(channel_);
    const auto call = stub.PrepareCall(
        context.get(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    const auto wait = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    wait();
    const grpc::Slice list_services("\x3a\x01*", 3);  // field 7, a string of one character
    call->WriteLast(grpc::ByteBuffer(&list_services, 1), {}, nullptr);
    wait();
    grpc::ByteBuffer response;
    call->Read(&response, nullptr);
    if (wait()) {
      std::vector<grpc::Slice> slices;
      response.Dump(&slices);
      for (const grpc::Slice& slice : slices) {
        answer.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
    }
    grpc::Status status;
    call->Finish(&status, nullptr);
    wait();
    return status;
  }
};

TEST_F(ReflectionTest, TellsTheServicesByDefault) {
  Start();
  std::string answer;
  EXPECT_TRUE(ListServices(answer).ok());
  for (const char* service :
       {"cae.v1.CaeService", "cae.v1.ModelService", "grpc.health.v1.Health"}) {
    EXPECT_THAT(answer, HasSubstr(service));
  }
}

TEST_F(ReflectionTest, IsOffWhereItIsSwitchedOff) {
  Start({"--reflection=false"});
  std::string answer;
  EXPECT_EQ(ListServices(answer).error_code(), grpc::StatusCode::UNIMPLEMENTED);
}

}  // namespace
}  // namespace cae::testing
