#include "central/app/serve_settings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <thread>

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
  EXPECT_EQ(options->central.loops, std::max(1U, std::thread::hardware_concurrency())) << "one for each core";
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

TEST(ServeSettings, HowFramesAreWrittenCanBeChosen) {
  const auto as_is = read_serve_options({{"data", "/tmp/x"}}, "", kNoEnv);
  ASSERT_TRUE(as_is) << as_is.error().text();
  EXPECT_EQ(as_is->central.live_io, live::Io::kAuto);
  EXPECT_EQ(as_is->central.live_coalesce_us, live::LiveConfig{}.coalesce_us);
  EXPECT_EQ(as_is->central.live_drain_us, live::LiveConfig{}.drain_us);
  const auto set = read_serve_options({{"data", "/tmp/x"},
                                       {"live_loops", "3"},
                                       {"live_io", "epoll"},
                                       {"live_coalesce_ms", "0"},
                                       {"live_drain_s", "3"}},
                                      "", kNoEnv);
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(set->central.loops, 3U);
  EXPECT_EQ(set->central.live_io, live::Io::kEpoll);
  EXPECT_EQ(set->central.live_coalesce_us, 0U);
  EXPECT_EQ(set->central.live_drain_us, 3'000'000U);
  EXPECT_FALSE(read_serve_options({{"data", "x"}, {"live_io", "kqueue"}}, "", kNoEnv));
}

TEST(ServeSettings, ThePaceOfTicksHasBounds) {
  const auto as_is = read_serve_options({{"data", "/tmp/x"}}, "", kNoEnv);
  ASSERT_TRUE(as_is) << as_is.error().text();
  EXPECT_EQ(as_is->central.ticks.hz, 20U);
  EXPECT_EQ(as_is->central.ticks.keyframe_interval_us, 1'000'000U);
  const auto set = read_serve_options(
      {{"data", "/tmp/x"}, {"tick_hz", "10"}, {"keyframe_interval_ms", "500"}}, "", kNoEnv);
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(set->central.ticks.hz, 10U);
  EXPECT_EQ(set->central.ticks.keyframe_interval_us, 500'000U);
  for (const auto* hz : {"0", "101", "fast"})
    EXPECT_FALSE(read_serve_options({{"data", "/tmp/x"}, {"tick_hz", hz}}, "", kNoEnv)) << hz;
}

TEST(ServeSettings, HowPatientWorkersAreCanBeSetByKind) {
  const auto as_is = read_serve_options({{"data", "/tmp/x"}}, "", kNoEnv);
  ASSERT_TRUE(as_is) << as_is.error().text();
  for (const auto& policy : worker::default_policies()) {
    const auto& read = worker::policy_of(as_is->central.workers, policy.kind);
    EXPECT_EQ(read.max_deliver, policy.max_deliver);
    EXPECT_EQ(read.ack_deadline, policy.ack_deadline);
    EXPECT_EQ(read.retry_pause, policy.retry_pause);
  }
  const auto env = [](const char* name) -> const char* {
    return std::strcmp(name, "HOLESHOT_WORKERS_RACE_ACK_DEADLINE_MS") == 0 ? "1500" : nullptr;
  };
  const auto set = read_serve_options(
      {{"data", "/tmp/x"}, {"workers_race_max_deliver", "7"}, {"workers_race_retry_pause_ms", "60000"}}, "",
      env);
  ASSERT_TRUE(set) << set.error().text();
  const auto& race = worker::policy_of(set->central.workers, worker::kRace);
  EXPECT_EQ(race.max_deliver, 7U);
  EXPECT_EQ(race.ack_deadline, std::chrono::milliseconds{1500});
  EXPECT_EQ(worker::pause_after(race, 1), std::chrono::seconds{60}) << "a pause is what it was set to";
  EXPECT_EQ(worker::policy_of(set->central.workers, worker::kProjection).max_deliver,
            worker::default_policy(worker::kProjection).max_deliver);
  EXPECT_FALSE(read_serve_options({{"data", "x"}, {"workers_race_max_deliver", "0"}}, "", kNoEnv));
}

TEST(ServeSettings, TracksAreAListOfIds) {
  const auto env = [](const char* name) -> const char* {
    return std::strcmp(name, "HOLESHOT_TRACKS") == 0 ? "zolder,spa" : nullptr;
  };
  EXPECT_EQ(read_serve_options({{"data", "/tmp/x"}}, "", env)->central.tracks.size(), 2U);
  const auto wrong = read_serve_options({{"data", "x"}, {"tracks", "a b"}}, "", kNoEnv);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text().find("--tracks"), std::string::npos) << wrong.error().text();
}

TEST(ServeSettings, WhoMayWatchIsBoundedAndProxiesAreNamed) {
  const auto as_is = read_serve_options({{"data", "/tmp/x"}}, "", kNoEnv);
  ASSERT_TRUE(as_is) << as_is.error().text();
  EXPECT_EQ(as_is->central.live_limits.max_viewers, 50'000U);
  EXPECT_EQ(as_is->central.live_limits.admission.viewers_per_token, 0U);
  EXPECT_TRUE(as_is->central.live_limits.tokens.empty());
  const auto set = read_serve_options({{"data", "/tmp/x"},
                                       {"live_tokens", "/etc/holeshot/live.tokens"},
                                       {"trusted_proxies", "10.0.0.0/8"},
                                       {"live_max_per_address", "7"},
                                       {"live_connects_per_s", "0"}},
                                      "", kNoEnv);
  ASSERT_TRUE(set) << set.error().text();
  EXPECT_EQ(set->central.live_limits.tokens, "/etc/holeshot/live.tokens");
  EXPECT_EQ(set->central.live_limits.admission.viewers_per_address, 7U);
  EXPECT_EQ(set->central.live_limits.admission.connects_per_s, 0U);
  EXPECT_EQ(set->central.live_limits.trusted_proxies.client_of("10.1.1.1", "192.0.2.1"), "192.0.2.1");
  const auto wrong = read_serve_options({{"data", "x"}, {"trusted_proxies", "proxy.example"}}, "", kNoEnv);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().text().find("--trusted_proxies"), std::string::npos) << wrong.error().text();
  EXPECT_FALSE(read_serve_options({{"data", "x"}, {"live_max_viewers", "0"}}, "", kNoEnv));
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
