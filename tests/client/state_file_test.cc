#include "client/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/record_file.h"
#include "core/io/file.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace cae {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

class StateFileTest : public ::testing::Test {
 protected:
  const testing::TemporaryFolder folder_;
  const std::string path_ = folder_.File("state");
};

TEST_F(StateFileTest, ReadsWhatItWrites) {
  v1::SampleState state;
  state.set_seed(18446744073709551615u);
  state.set_draws_done(7);
  state.mutable_tensor()->set_data(std::string("\0\xff", 2));
  ASSERT_THAT(WriteStateFile(path_, state), IsOk());
  const auto read = ReadStateFile(path_);
  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->SerializeAsString(), state.SerializeAsString());
}

TEST_F(StateFileTest, AFileThatIsNotThereIsNotFound) {
  EXPECT_THAT(ReadStateFile(path_), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(StateFileTest, NamesTheFileThatIsNoState) {
  const std::string header = RecordFileHeader(RecordFileKind::kSampleState);
  for (const std::string& bytes :
       {std::string("text"), header, header + RecordFileEnd(),
        header + FrameRecord("no message") + RecordFileEnd(),
        header + FrameRecord("\x10\x01") + FrameRecord("\x10\x01") + RecordFileEnd()}) {
    ASSERT_THAT(WriteFileAtomically(path_, bytes), IsOk());
    const auto state = ReadStateFile(path_);
    EXPECT_FALSE(state.ok());
    EXPECT_THAT(std::string(state.status().message()), HasSubstr(path_));
  }
}

}  // namespace
}  // namespace cae
