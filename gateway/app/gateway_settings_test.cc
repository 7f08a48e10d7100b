#include "gateway/app/gateway_settings.h"

#include <gtest/gtest.h>

namespace holeshot::app {
namespace {

class GatewaySettingsTest : public testing::Test {
 protected:
  GatewaySettingsTest() {
    set("track_id", {"hill"});
    set("client_id", {"laptop"});
    set("central", {"http://central:8080"});
    set("decoders", {"tcp://10.0.0.5"});
    set("spool", {"spool.db"});
  }
  void set(std::string_view key, const std::vector<std::string>& values) {
    ASSERT_TRUE(settings_.set(key, values, "--" + std::string{key}));
  }
  // What is wrong, or "".
  std::string wrong() {
    const auto config = config_from(settings_);
    return config ? "" : config.error().message;
  }
  base::Settings settings_ = declare_gateway_settings();
};

TEST_F(GatewaySettingsTest, ACompleteConfigurationIsTaken) {
  const GatewayConfig config = base::value_or_die(config_from(settings_));
  EXPECT_EQ(config.track.str(), "hill");
  EXPECT_EQ(config.decoders.at(0).port, 5403);
  EXPECT_EQ(config.batch_events, 500U);
  EXPECT_EQ(config.keep_acknowledged, 10'000U);
}

TEST_F(GatewaySettingsTest, WhatIsMissingIsNamed) {
  for (const char* key : {"track_id", "central", "decoders", "spool"}) {
    base::Settings settings = declare_gateway_settings();
    for (const auto& setting : settings_.declared()) {
      if (setting.key == key || !settings_.is_set(setting.key)) continue;
      ASSERT_TRUE(settings.set(setting.key, {settings_.shown(setting.key)}, "--x"));
    }
    const auto config = config_from(settings);
    ASSERT_FALSE(config) << key;
    EXPECT_EQ(config.error().message, std::string{"no "} + key + " is set");
  }
}

TEST_F(GatewaySettingsTest, AGatewayWithoutANameIsCalledAfterItsHost) {
  const base::Settings settings = declare_gateway_settings();
  EXPECT_TRUE(contract::ClientId::parse(settings.text("client_id"), "client_id"));
  EXPECT_FALSE(settings.is_set("client_id"));
}

TEST_F(GatewaySettingsTest, WhatIsWrongIsNamedWithItsOrigin) {
  set("track_id", {"my hill"});
  EXPECT_EQ(wrong().find("--track_id: "), 0U) << wrong();
  set("track_id", {"hill"});
  set("central", {"central:8080"});
  EXPECT_NE(wrong().find("no web address"), std::string::npos);
  set("central", {"https://central"});
  set("decoders", {"tcp://a", "udp://b"});
  EXPECT_NE(wrong().find("udp://b"), std::string::npos);
  set("decoders", {"tcp://a", "tcp://a"});
  EXPECT_NE(wrong().find("twice"), std::string::npos);
  set("decoders", {"tcp://a"});
  EXPECT_EQ(wrong(), "");
  set("log_level", {"loud"});
  EXPECT_FALSE(log_config_from(settings_));
}

}  // namespace
}  // namespace holeshot::app
