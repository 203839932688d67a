// Sample: the response is framed by hand, so no field of the contract may be forgotten.
#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <string>
#include <vector>

#include "tests/server/services/cae_service_fixture.h"

namespace cae::testing {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

/// The fields of `message` that are not set.
std::vector<std::string> Missing(const Message& message) {
  std::vector<std::string> missing;
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor& field = *message.GetDescriptor()->field(i);
    if (!message.GetReflection()->HasField(message, &field)) missing.push_back(field.full_name());
  }
  return missing;
}

using SampleFieldsTest = CaeServiceFixture;

TEST_F(SampleFieldsTest, AStreamThatAsksForEverythingSetsEveryField) {
  v1::SampleRequest request;
  request.mutable_model()->set_name("two");
  request.set_seed(42);
  request.set_chains(3);
  request.set_first_chain(1);
  request.set_draws(8);
  request.set_burn_in(2);
  request.set_thinning(3);
  request.set_rank(2);
  request.set_include_codes(true);
  request.set_draws_per_message(2);  // so that a message has a first draw beyond 0
  request.set_state_interval(1);
  const auto call = ClientCall();
  const auto reader = stub_->Sample(call.get(), request);
  v1::SampleResponse message, all;
  while (reader->Read(&message)) {
    v1::SampleResponse next = message;
    next.clear_samples();  // tensors do not merge
    next.clear_codes();
    next.clear_state();
    all.MergeFrom(next);
    if (message.has_samples()) *all.mutable_samples() = message.samples();
    if (message.has_codes()) *all.mutable_codes() = message.codes();
    if (message.has_state()) *all.mutable_state() = message.state();
  }
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_THAT(Missing(all), ::testing::IsEmpty());
  EXPECT_THAT(Missing(all.header()), ::testing::IsEmpty());
  EXPECT_THAT(Missing(all.state()), ::testing::IsEmpty());
}

}  // namespace
}  // namespace cae::testing
