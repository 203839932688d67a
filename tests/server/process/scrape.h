// Scrape: reads a metrics endpoint as Prometheus does.
#ifndef CAE_TESTS_SERVER_PROCESS_SCRAPE_H_
#define CAE_TESTS_SERVER_PROCESS_SCRAPE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace cae::testing {

/// What one scrape saw.
class Scrape {
 public:
  /// GET http://<address>/metrics. An answer other than 200 stops the test program.
  explicit Scrape(const std::string& address);

  const std::string& text() const { return text_; }

  /// The sum over all series of that family (or histogram part) that have every one of `labels`, as
  /// `grpc_code="OK"`; −1 where there is no such series.
  double Sum(absl::string_view family, const std::vector<std::string>& labels = {}) const;

 private:
  std::string text_;
};

}  // namespace cae::testing

#endif  // CAE_TESTS_SERVER_PROCESS_SCRAPE_H_
