#include "tools/sim/decoders.h"

#include <gtest/gtest.h>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "common/p3/writer.h"

namespace holeshot::sim {
namespace {

constexpr std::uint64_t kBoot = 1'761'800'000'000'000;
constexpr std::uint64_t kNow = kBoot + 7'000'000;

p3::Record read(base::ByteView wire) {
  p3::Record record;
  p3::Framer framer;
  framer.feed(wire, [&](const p3::Frame& frame) { record.assign(frame); });
  return record;
}

class SimDecoders : public ::testing::Test {
 protected:
  std::vector<p3::Record> ask(const base::Bytes& request) {
    std::vector<p3::Record> replies;
    for (const auto& wire : decoders_.answer(read(request), kNow, kAllDecoders))
      replies.push_back(read(wire));
    return replies;
  }
  p3::Passing pass(std::size_t loop, std::uint32_t transponder) {
    Split split;
    split.loop = loop;
    split.rtc_us = kNow;
    split.strength = 90;
    split.hits = 20;
    return *p3::as_passing(read(decoders_.passing(rider_with(transponder), split).wire));
  }
  Decoders decoders_{{.profile = Profile::kSmart, .boot_us = kBoot}};
  const p3::RequestOptions to_hill_{.decoder = kLoops[kHill].decoder};
};

TEST_F(SimDecoders, HaveTheIdsThatTheReadmeNames) {
  EXPECT_EQ(kLoops[0].decoder.str(), "D0000C01");
  EXPECT_EQ(kLoops[3].decoder.str(), "D0000C04");
}

TEST_F(SimDecoders, CountEachForItselfGatePulsesIncluded) {
  EXPECT_EQ(pass(0, 7'000'001).passing_number, 1U);
  EXPECT_EQ(p3::as_passing(read(decoders_.gate_pulse(kNow).wire))->passing_number, 2U);
  EXPECT_EQ(pass(0, 7'000'002).passing_number, 3U);
  EXPECT_EQ(pass(3, 7'000'001).passing_number, 1U);
}

TEST_F(SimDecoders, GatePulseIsAnAuxInputWithoutStrengthAndHits) {
  const auto pulse = *p3::as_passing(read(decoders_.gate_pulse(kNow).wire));
  EXPECT_EQ(pulse.transponder_id, p3::kExternalStartTransponder);
  EXPECT_EQ(pulse.decoder_id, kLoops[kHill].decoder);
  EXPECT_FALSE(pulse.strength || pulse.hits || pulse.transponder_string);
}

TEST_F(SimDecoders, OldOnesSendNoLabelAndTheirVoltage) {
  Decoders old{{.profile = Profile::kOld, .boot_us = kBoot}};
  Split split;
  EXPECT_FALSE(p3::as_passing(read(old.passing(rider_with(7'000'001), split).wire))->transponder_string);
  EXPECT_TRUE(p3::as_status(read(old.status(0, kNow).wire))->input_voltage_dv);
  EXPECT_FALSE(p3::as_status(read(decoders_.status(0, kNow).wire))->input_voltage_dv);
  EXPECT_EQ(pass(0, 7'000'001).transponder_string, "HS-00001");
}

TEST_F(SimDecoders, AnswerOnlyWhatIsAskedAndEchoTheRequestId) {
  const auto request = p3::FrameBuilder(p3::tor::kVersion, p3::kRequestVersion)
                           .ask(p3::version_tag::kDescription)
                           .decoder(kLoops[2].decoder)
                           .u64(p3::tag::kRequestId, 77)
                           .finish();
  const auto replies = ask(request);
  ASSERT_EQ(replies.size(), 1U);
  const auto version = *p3::as_version(replies[0]);
  EXPECT_EQ(version.description, "ProChip Smart Decoder");
  EXPECT_FALSE(version.version || version.build || version.decoder_type || !version.registration.empty());
  EXPECT_EQ(version.decoder_id, kLoops[2].decoder);
  EXPECT_EQ(base::load_le(version.request_id), 77U);
}

TEST_F(SimDecoders, AllAnswerWhereNobodyIsAddressedAndNobodyForAStranger) {
  EXPECT_EQ(ask(p3::version_request()).size(), kLoops.size());
  EXPECT_TRUE(ask(p3::version_request({.decoder = p3::DecoderId{1}})).empty());
}

TEST_F(SimDecoders, TellTheirTimeAndHowFarTheyGot) {
  pass(0, 7'000'001);
  pass(0, 7'000'002);
  EXPECT_EQ(p3::as_get_time(ask(p3::get_time_request(to_hill_)).at(0))->rtc_time_us, kNow);
  const auto session = *p3::as_session(ask(p3::session_request(to_hill_)).at(0));
  EXPECT_EQ(session.first_passing_number, 1U);
  EXPECT_EQ(session.last_passing_number, 2U);
  EXPECT_EQ(session.session_start, kBoot / 1'000'000);
}

TEST_F(SimDecoders, AnswerEveryRequestThatAGatewayMaySend) {
  EXPECT_TRUE(p3::as_ping(ask(p3::ping_request(to_hill_)).at(0)));
  EXPECT_EQ(p3::as_timeline(ask(p3::timeline_request(to_hill_)).at(0))->name, "Hill");
  EXPECT_EQ(p3::as_aux_settings(ask(p3::aux_settings_request(to_hill_)).at(0))->external_start_hold_off_ms,
            40U);
  const auto network = *p3::as_network_settings(ask(p3::network_settings_request(to_hill_)).at(0));
  EXPECT_EQ(network.active_ip, 0xC0A8C93BU);
  EXPECT_FALSE(network.static_ip);  // not asked for
  EXPECT_TRUE(p3::as_network_settings(ask(p3::tor_0036_request(to_hill_)).at(0)));
}

TEST_F(SimDecoders, ResendStoredPassingsByteForByte) {
  std::vector<base::Bytes> sent;
  for (std::uint32_t i = 0; i < 20; ++i)
    sent.push_back(decoders_.passing(rider_with(7'000'001 + i), Split{}).wire);
  const auto replies = decoders_.answer(read(p3::resend_request(5, 8, to_hill_)), kNow, kAllDecoders);
  ASSERT_EQ(replies.size(), 5U);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(replies[i], sent[4 + i]);
  EXPECT_EQ(p3::as_resend(read(replies[4]))->until, 8U);
}

TEST_F(SimDecoders, KeepTheLastTenThousandPassings) {
  for (std::size_t i = 0; i < kStoredPassings + 5; ++i)
    (void)decoders_.passing(rider_with(7'000'001), Split{});
  const auto replies = decoders_.answer(read(p3::resend_request(1, 20'000, to_hill_)), kNow, kAllDecoders);
  EXPECT_EQ(replies.size(), kStoredPassings + 1);
  EXPECT_EQ(p3::as_passing(read(replies[0]))->passing_number, 6U);
}

TEST_F(SimDecoders, UnknownTypesAndMissingParametersAreErrors) {
  const auto unknown = p3::FrameBuilder(0x0ABC, p3::kRequestVersion).decoder(kLoops[1].decoder).finish();
  EXPECT_EQ(p3::as_error(ask(unknown).at(0))->code, p3::error_code::kTorUnknown);
  const auto empty =
      p3::FrameBuilder(p3::tor::kResend, p3::kRequestVersion).decoder(kLoops[1].decoder).finish();
  EXPECT_EQ(p3::as_error(ask(empty).at(0))->code, p3::error_code::kParametersMissing);
}

}  // namespace
}  // namespace holeshot::sim
