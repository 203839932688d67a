#include "server/config/config_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "server/config/config_field.h"
#include "server/config/config_file.h"
#include "server/config/setting.h"

namespace cae {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

v1::ServerConfig Config(absl::string_view text) {
  v1::ServerConfig config;
  std::vector<std::string> problems;
  ParseConfig(text, config, problems);
  EXPECT_THAT(problems, IsEmpty());
  return config;
}

struct Case {
  const char* text;
  const char* problem;  ///< a part of the one problem
};

void ExpectRefused(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    EXPECT_THAT(CheckConfig(Config(c.text)), ElementsAre(HasSubstr(c.problem))) << c.text;
  }
}

TEST(ConfigCheckTest, RefusesValuesOutOfRange) {
  ExpectRefused(
      {Case{"listen: ''", "listen (--listen)"}, Case{"listen: 'x:y'", "listen (--listen)"},
       Case{"listen: '::1:80'", "brackets"}, Case{"listen: '1.2.3.4:65536'", "65535"},
       Case{"metrics_listen: 'x'", "metrics_listen"},
       Case{"listen: '127.0.0.1:1' metrics_listen: '127.0.0.1:1'", "metrics_listen"},
       Case{"repository { root: '' }", "repository.root"},
       Case{"repository { max_file_bytes: 1023 }", "1024 .. 1099511627776"},
       Case{"compute { threads: -1 }", "0 .. 1024"}, Case{"compute { isa: 'mmx' }", "avx2"},
       Case{"limits { max_rows: 1000001 }", "1 .. 1000000"},
       Case{"limits { max_message_bytes: 65535 }", "65536 .. 1073741824"},
       Case{"limits { max_request_bytes: 1 }", "0 or 65536"},
       Case{"admission { max_rows: 0 }", "admission.max_rows"},
       Case{"drain { lead_seconds: 30 }", "drain.grace_seconds"},
       Case{"drain { lead_seconds: nan }", "drain.lead_seconds"},
       Case{"connections { keepalive_interval_seconds: 0.5 }", "1 .. 86400"},
       Case{"log { level: 17 }", "log.level"}});
}

TEST(ConfigCheckTest, RefusesBadModelsVersionsAndLabels) {
  ExpectRefused(
      {Case{"repository { version_policy { latest { count: 0 } } }", "1 .. 100"},
       Case{"repository { version_policy { specific {} } }", "at least one"},
       Case{"repository { version_policy { specific { versions: 0 } } }", "start at 1"},
       Case{"repository { only: '../x' }", "'../x'"},
       Case{"repository { models { name: '' } }", "models[0].name"},
       Case{"repository { models { name: 'a' } models { name: 'a' } }", "twice"},
       Case{"repository { models { name: 'a' labels { label: 'x y' version: 1 } } }", "'x y'"},
       Case{"repository { models { name: 'a' labels { label: 'x' } } }", "version 0"},
       Case{"repository { models { name: 'a' labels { label: 'x' version: 1 }"
            "                                labels { label: 'x' version: 2 } } }",
            "twice"},
       Case{"repository { models { name: 'a' version_policy { latest { count: 101 } } } }",
            "models[0].version_policy.latest.count"}});
}

/// No setting may be ignored in silence.
TEST(ConfigCheckTest, RefusesByNameWhatItWouldIgnore) {
  ExpectRefused(
      {Case{"admin_listen: '127.0.0.1:1'", "admin_listen: not supported by this version yet"},
       Case{"open_inference: true", "open_inference"}, Case{"tls {}", "tls"},
       Case{"auth { token_file: 'x' }", "auth"}, Case{"streams { buffer_bytes: 65536 }", "streams"},
       Case{"repository { poll_interval_seconds: 5 }", "repository.poll_interval_seconds"},
       Case{"compute { tile_rows: 64 }", "compute.tile_rows"},
       Case{"compute { min_chain_share: 0.2 }", "compute.min_chain_share"},
       Case{"admission { max_streams: 1 }", "admission.max_streams"},
       Case{"admission { max_rows_per_model: 1 }", "admission.max_rows_per_model"},
       Case{"admission { max_wait_seconds: 1 }", "admission.max_wait_seconds"},
       Case{"connections { max_age_seconds: 60 }", "connections.max_age_seconds"},
       Case{"log { max_calls_per_second: 1 }", "log.max_calls_per_second"}});
}

TEST(ConfigCheckTest, TakesWhatAsksForNothing) {
  EXPECT_THAT(CheckConfig(Config("admin_listen: '' open_inference: false limits {} drain {}"
                                 " repository { poll_interval_seconds: 0 }")),
              IsEmpty());
}

TEST(ConfigCheckTest, TakesEveryHonouredFieldAtBothEndsOfItsRange) {
  for (const Setting& setting : Settings()) {
    if (setting.rule != Setting::Rule::kRange && setting.rule != Setting::Rule::kZeroOrRange) {
      continue;
    }
    for (const double value : {setting.minimum, setting.maximum}) {
      v1::ServerConfig config = Config("drain { lead_seconds: 0 grace_seconds: 3600 }");
      ConfigField field(config, setting.path);
      ASSERT_TRUE(field.SetFromText(absl::StrCat(static_cast<std::int64_t>(value))).ok());
      if (setting.path == "drain.grace_seconds" || setting.path == "drain.lead_seconds") {
        if (setting.path == "drain.lead_seconds") config.mutable_drain()->set_grace_seconds(3600);
      }
      EXPECT_THAT(CheckConfig(config), IsEmpty()) << setting.path << " = " << value;
    }
  }
}

TEST(ConfigCheckTest, ListsAllProblemsInOneGo) {
  EXPECT_THAT(CheckConfig(Config("tls {} limits { max_rows: 0 max_chains: 0 } listen: 'x'"
                                 " repository { only: '/' }")),
              ::testing::SizeIs(5));
}

TEST(ConfigCheckTest, WarnsOfAListenerThatOtherMachinesReach) {
  v1::ServerConfig config = Config("listen: '0.0.0.0:1' metrics_listen: '127.0.0.1:2'");
  EXPECT_THAT(ConfigWarnings(config), ElementsAre(HasSubstr("listen: other machines")));
  config.set_listen("[::1]:1");
  EXPECT_THAT(ConfigWarnings(config), IsEmpty());
}

TEST(ConfigCheckTest, FillingDefaultsKeepsWhatIsSet) {
  v1::ServerConfig config = Config("limits { max_rows: 5 } reflection: false");
  FillDefaults(config);
  EXPECT_EQ(config.limits().max_rows(), 5);
  EXPECT_FALSE(config.reflection());
  for (const Setting& setting : Settings()) {
    EXPECT_TRUE(ConfigField(config, setting.path).is_set()) << setting.path;
  }
  EXPECT_THAT(CheckConfig(config), IsEmpty()) << "the defaults are in order";
}

}  // namespace
}  // namespace cae
