#include "central/log/jetstream/server_info.h"

#include <gtest/gtest.h>

#include "central/log/jetstream/nats_test_kit.h"

namespace holeshot::log {
namespace {

TEST(JetStreamServerInfo, ReadsTheVersionOfAGreetingAndRefusesAnythingElse) {
  EXPECT_EQ(version_in("INFO {\"server_id\":\"X\",\"version\":\"2.9.10\"}\r\n").value(), "2.9.10");
  for (const char* other :
       {"", "INFO ", "INFO {}", "INFO []", "INFO {\"version\":2}", "HTTP/1.1 400", "INFO {\"version\":"}) {
    EXPECT_EQ(version_in(other).error().code, base::Code::kCorrupt) << other;
  }
}

TEST(JetStreamServerInfo, ServersSince210CanSyncBeforeTheyAnswer) {
  for (const char* can : {"2.10.0", "2.11.3-beta", "3.0", "2.10"}) EXPECT_TRUE(can_sync_always(can)) << can;
  for (const char* cannot : {"2.9.10", "1.99", "2", "", "x.y", "2."})
    EXPECT_FALSE(can_sync_always(cannot)) << cannot;
}

TEST(JetStreamServerInfo, AsksARealServer) {
  if (const auto why = test::no_nats(); !why.empty()) GTEST_SKIP() << why;
  test::NatsServers servers(1U);
  const auto version = base::value_or_die(server_version(servers.urls()));
  EXPECT_NE(version.find('.'), std::string::npos) << version;
  servers.node(0).kill();
  EXPECT_EQ(server_version(servers.urls()).error().code, base::Code::kRetry);
}

}  // namespace
}  // namespace holeshot::log
