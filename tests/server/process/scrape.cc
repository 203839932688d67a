#include "tests/server/process/scrape.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "core/base/check.h"

namespace cae::testing {
namespace {

std::string Get(const std::string& address) {
  const std::vector<std::string> parts = absl::StrSplit(address, ':');
  int port = 0;
  CAE_CHECK(parts.size() == 2 && absl::SimpleAtoi(parts[1], &port), address);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, parts[0].c_str(), &peer.sin_addr);
  const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  const timeval timeout{30, 0};
  setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout));
  CAE_CHECK(connect(descriptor, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) == 0,
            address);
  const std::string request = "GET /metrics HTTP/1.0\r\n\r\n";
  CAE_CHECK(write(descriptor, request.data(), request.size()) > 0, "the request was not sent");
  std::string answer;
  char buffer[65536];
  for (ssize_t count = 0; (count = read(descriptor, buffer, sizeof(buffer))) > 0;) {
    answer.append(buffer, static_cast<std::size_t>(count));
  }
  close(descriptor);
  return answer;
}

}  // namespace

Scrape::Scrape(const std::string& address) {
  const std::string answer = Get(address);
  CAE_CHECK(absl::StrContains(answer.substr(0, 20), " 200 "), answer);
  text_ = answer.substr(answer.find("\r\n\r\n") + 4);
}

double Scrape::Sum(absl::string_view family, const std::vector<std::string>& labels) const {
  double sum = 0;
  bool found = false;
  for (const absl::string_view line : absl::StrSplit(text_, '\n')) {
    const std::size_t end = line.find_first_of("{ ");
    if (line.substr(0, end) != family) continue;
    const bool matches = std::all_of(labels.begin(), labels.end(), [line](const std::string& l) {
      return absl::StrContains(line, l);
    });
    double value = 0;
    if (!matches || !absl::SimpleAtod(line.substr(line.rfind(' ') + 1), &value)) continue;
    sum += value;
    found = true;
  }
  return found ? sum : -1;
}

}  // namespace cae::testing
