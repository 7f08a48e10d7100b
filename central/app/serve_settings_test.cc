#include "central/app/serve_settings.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

namespace holeshot::central_app {
namespace {

const auto kNoEnv = [](const char*) -> const char* { return nullptr; };

TEST(ServeSettings, FlagsWinOverVariablesAndVariablesOverDefaults) {
  const auto env = [](const char* name) -> const char* {
    if (std::strcmp(name, "HOLESHOT_HTTP") == 0) return "127.0.0.1:1";
    if (std::strcmp(name, "HOLESHOT_LIVE") == 0) return "127.0.0.1:2";
    return nullptr;
  };
  const auto options = read_serve_options({{"data", "/tmp/x"}, {"http", "0.0.0.0:9"}}, "", env);
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->central.http.host, "0.0.0.0");
  EXPECT_EQ(options->central.http.port, 9);
  EXPECT_EQ(options->central.live.port, 2);
  EXPECT_EQ(options->central.loops, 1U);
}

TEST(ServeSettings, AFileIsTheWeakestLayerAndItsMistakesAreNamed) {
  const std::string path = ::testing::TempDir() + "central_settings_test.toml";
  std::ofstream(path) << "data = \"/tmp/from-file\"\nhttp = \"127.0.0.1:1\"\n";
  const auto options = read_serve_options({{"http", "127.0.0.1:7"}}, path, kNoEnv);
  ASSERT_TRUE(options) << options.error().text();
  EXPECT_EQ(options->central.data, "/tmp/from-file");
  EXPECT_EQ(options->central.http.port, 7);
  std::ofstream(path) << "data = \"/tmp/x\"\nhtpp = \"127.0.0.1:1\"\n";
  const auto wrong = read_serve_options({}, path, kNoEnv);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text().find(path + ":2"), std::string::npos) << wrong.error().text();
  EXPECT_NE(wrong.error().text().find("http"), std::string::npos);
}

TEST(ServeSettings, SaysWhatIsMissingOrWrong) {
  EXPECT_NE(read_serve_options({}, "", kNoEnv).error().text().find("--data"), std::string::npos);
  EXPECT_FALSE(read_serve_options({{"data", "x"}, {"http", "localhost"}}, "", kNoEnv));
  EXPECT_FALSE(read_serve_options({{"data", "x"}, {"log_level", "loud"}}, "", kNoEnv));
  EXPECT_FALSE(read_serve_options({{"data", "x"}}, "/nonexistent/central.toml", kNoEnv));
}

TEST(ParseAddress, TakesHostAndPortAndIpv6InBrackets) {
  EXPECT_EQ(parse_address("[::1]:8080", "http")->host, "::1");
  EXPECT_EQ(parse_address("127.0.0.1:0", "http")->port, 0);
  for (const char* bad : {"", ":", "8080", ":8080", "host:", "host:x", "host:70000", "host:80x"}) {
    EXPECT_FALSE(parse_address(bad, "http")) << bad;
  }
}

}  // namespace
}  // namespace holeshot::central_app
