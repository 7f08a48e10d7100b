#include "gateway/discovery/sweep.h"

#include <gtest/gtest.h>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/writer.h"

namespace holeshot::discovery {
namespace {

const p3::DecoderId kId = p3::DecoderId::parse("D0000C00").value();

base::Bytes version() {
  return p3::FrameBuilder(p3::tor::kVersion)
      .text(p3::version_tag::kDescription, "ChipX Decoder")
      .text(p3::version_tag::kVersion, "4.3.12018")
      .decoder(kId)
      .finish();
}

TEST(Sweep, AnAnswerIsADecoderAndLaterOnesAddToIt) {
  Sweep sweep;
  sweep.take("192.168.1.50", version());
  sweep.take("192.168.1.50", p3::FrameBuilder(p3::tor::kStatus)
                                 .u16(p3::status_tag::kNoise, 53)
                                 .u16(p3::status_tag::kTemperature, 27)
                                 .finish());
  ASSERT_EQ(sweep.decoders().size(), 1U);
  EXPECT_EQ(sweep.decoders()[0], (FoundDecoder{.address = "192.168.1.50",
                                               .url = "tcp://192.168.1.50:5403",
                                               .decoder_id = "D0000C00",
                                               .model = "ChipX Decoder",
                                               .firmware = "4.3.12018",
                                               .noise = 53,
                                               .temperature_c = 27}));
}

TEST(Sweep, AnAnswerToTheSecondProbeAloneIsADecoderToo) {
  Sweep sweep;
  sweep.take("10.0.0.2", p3::FrameBuilder(p3::tor::kNetworkSettings)
                             .u32(p3::network_tag::kActiveIp, 0x0A000002)
                             .decoder(kId)
                             .finish());
  ASSERT_EQ(sweep.decoders().size(), 1U);
  EXPECT_EQ(sweep.decoders()[0].decoder_id, "D0000C00");
  EXPECT_TRUE(sweep.decoders()[0].model.empty());
}

TEST(Sweep, OurOwnProbesAndNoiseAreNobody) {
  Sweep sweep;
  sweep.take("10.0.0.1", p3::version_request());
  sweep.take("10.0.0.1", p3::network_settings_probe());
  sweep.take("10.0.0.3", base::as_bytes("HTTP/1.1 400"));
  base::Bytes damaged = version();
  damaged[12] ^= 1;
  sweep.take("10.0.0.4", damaged);
  sweep.take("10.0.0.5", base::Bytes{});
  EXPECT_TRUE(sweep.decoders().empty());
}

TEST(Sweep, TheMakerIsKnownByTheMac) {
  constexpr std::string_view kArp =
      "IP address       HW type     Flags       HW address            Mask     Device\n"
      "192.168.1.50     0x1         0x2         00:04:B7:01:02:03     *        eth0\n"
      "192.168.1.51     0x1         0x0         00:00:00:00:00:00     *        eth0\n"
      "192.168.1.5      0x1         0x2         aa:04:b7:01:02:03     *        eth0\n";
  EXPECT_EQ(mac_in(kArp, "192.168.1.50"), "00:04:B7:01:02:03");
  EXPECT_EQ(mac_in(kArp, "192.168.1.51"), "");
  EXPECT_EQ(mac_in(kArp, "192.168.1.52"), "");
  EXPECT_EQ(vendor_of("00:04:B7:01:02:03"), "MYLAPS (AMB)");
  EXPECT_EQ(vendor_of(mac_in(kArp, "192.168.1.5")), "");
  EXPECT_EQ(vendor_of(""), "");
}

}  // namespace
}  // namespace holeshot::discovery
