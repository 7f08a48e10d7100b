#include "tools/sim/discovery.h"

#include <gtest/gtest.h>

#include <set>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "tools/sim/net.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

class SimDiscovery : public testing::ServerTest {
 protected:
  void start_with_udp(bool version) {
    ServerOptions wanted = options();
    wanted.udp = "127.0.0.1:0";
    wanted.version_on_udp = version;
    start(std::make_unique<RaceSource>(RaceOptions{.gate_on_command = true}, nullptr), std::move(wanted));
    const std::string& line = announced_.at(1);
    ASSERT_TRUE(line.starts_with("listening udp 127.0.0.1:")) << line;
    const sockaddr_in to = testing::loopback(port_in(line));
    base::UniqueFd fd{::socket(AF_INET, SOCK_DGRAM, 0)};
    ASSERT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    prober_ = std::make_unique<testing::Wire>(std::move(fd));
  }
  // One datagram is one frame; one comes from each decoder.
  std::set<std::uint32_t> answers(std::uint16_t tor) {
    std::set<std::uint32_t> decoders;
    for (std::size_t i = 0; i < kLoops.size(); ++i) {
      const auto record = testing::read_record(prober_->hear());
      EXPECT_EQ(record.tor(), tor);
      decoders.insert(record.decoder_id().value_or(p3::DecoderId{}).value());
    }
    return decoders;
  }
  std::unique_ptr<testing::Wire> prober_;
};

TEST_F(SimDiscovery, EveryDecoderAnswersBothProbes) {
  start_with_udp(true);
  prober_->say(p3::version_request());
  EXPECT_EQ(answers(p3::tor::kVersion).size(), kLoops.size());
  prober_->say(p3::network_settings_probe());
  EXPECT_EQ(answers(p3::tor::kNetworkSettings).size(), kLoops.size());
}

TEST_F(SimDiscovery, OneKindOfDecoderIgnoresTheVersionProbe) {
  start_with_udp(false);
  prober_->say(p3::version_request());
  prober_->say(p3::network_settings_probe());
  EXPECT_EQ(answers(p3::tor::kNetworkSettings).size(), kLoops.size());  // and nothing came before it
}

TEST_F(SimDiscovery, IgnoresWhatIsNoProbeAndWhileSilent) {
  start_with_udp(true);
  prober_->say({0x01, 0x02});
  prober_->say(p3::session_request({.decoder = kLoops[0].decoder}));
  auto damaged = p3::version_request();
  damaged[12] ^= 0x01;
  prober_->say(damaged);
  ASSERT_EQ(command("silent on"), "ok silent on");
  prober_->say(p3::version_request());
  EXPECT_FALSE(prober_->hears_within(100));
  ASSERT_EQ(command("silent off"), "ok silent off");
  prober_->say(p3::network_settings_probe());
  EXPECT_EQ(answers(p3::tor::kNetworkSettings).size(), kLoops.size());
}

TEST(SimDiscoveryAddress, RefusesAnAddressThatIsNone) {
  EXPECT_EQ(Discovery::open("127.0.0.1", true).error().code, base::Code::kInvalid);
}

}  // namespace
}  // namespace holeshot::sim
