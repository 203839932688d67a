// ProcessFixture: a cae-server with tiny models, as its users start it.
#ifndef CAE_TESTS_SERVER_PROCESS_PROCESS_FIXTURE_H_
#define CAE_TESTS_SERVER_PROCESS_PROCESS_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/testing/server_process.h"
#include "tests/testing/temp_repository.h"

namespace cae::testing {

class ProcessFixture : public ::testing::Test {
 protected:
  /// The flags of a server on free ports that serves repository_ and drains without lead time.
  std::vector<std::string> Flags(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> flags = {absl::StrCat("--repository=", repository_.root()),
                                      "--listen=127.0.0.1:0",
                                      "--metrics-listen",
                                      "127.0.0.1:0",
                                      "--drain-lead=0",
                                      "--threads=1"};
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }

  /// Starts a server and waits until it is ready.
  void Start(const std::vector<std::string>& more = {}) {
    server_ = std::make_unique<ServerProcess>(Flags(more));
    ready_line_ = server_->ReadLine();
    ready_ = nlohmann::ordered_json::parse(ready_line_, nullptr, /*allow_exceptions=*/false);
    ASSERT_TRUE(ready_.is_object()) << ready_line_ << "\n" << server_->Log();
    channel_ = grpc::CreateChannel(ready_["listen"].get<std::string>(),
                                   grpc::InsecureChannelCredentials());
  }

  /// For one call; the deadline only keeps a broken test from hanging.
  static std::unique_ptr<grpc::ClientContext> ClientCall() {
    auto context = std::make_unique<grpc::ClientContext>();
    context->set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return context;
  }

  TempRepository repository_;
  std::unique_ptr<ServerProcess> server_;
  std::string ready_line_;
  nlohmann::ordered_json ready_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_PROCESS_PROCESS_FIXTURE_H_
