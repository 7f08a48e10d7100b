// What can be wrong, or different, with the P3 decoders themselves.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "common/p3/requests.h"
#include "common/p3/tags.h"
#include "common/p3/views.h"
#include "tools/sim/decoders.h"
#include "tools/sim/server_fixture.h"

namespace holeshot::sim {
namespace {

using testing::read_record;
constexpr std::uint64_t kBoot = 1'761'800'000'000'000;
constexpr std::uint64_t kNow = kBoot + 7'654'321;

Split crossing(std::size_t loop = 0, std::uint64_t at = kNow) {
  Split split;
  split.loop = loop;
  split.rtc_us = at;
  split.strength = 90;
  split.hits = 20;
  return split;
}

class SimDecoderFaults : public ::testing::Test {
 protected:
  static Decoders decoders(DecoderOptions options = {}) {
    options.boot_us = kBoot;
    return Decoders(std::move(options));
  }
  static std::vector<p3::Record> ask(const Decoders& box, const base::Bytes& request,
                                     std::uint64_t now = kNow) {
    std::vector<p3::Record> replies;
    for (const auto& wire : box.answer(read_record(request), now, kAllDecoders))
      replies.push_back(read_record(wire));
    return replies;
  }
  static p3::Passing pass(Decoders& box, const Split& split = crossing()) {
    return *p3::as_passing(read_record(box.passing(rider_with(7'000'001), split).wire));
  }
  static p3::Status status(Decoders& box) { return *p3::as_status(read_record(box.status(0, kNow).wire)); }
  // Numbers of the passings in the answer to RESEND 1..20, out of twenty.
  static std::vector<std::uint64_t> resent(ResendMode mode) {
    Decoders box = decoders({.resend = mode});
    for (int i = 0; i < 20; ++i) (void)box.passing(rider_with(7'000'001), crossing());
    std::vector<std::uint64_t> numbers;
    for (const auto& reply : ask(box, p3::resend_request(1, 20, to_hill()))) {
      if (const auto passing = p3::as_passing(reply)) numbers.push_back(*passing->passing_number);
    }
    return numbers;
  }
  static p3::RequestOptions to_hill() { return {.decoder = kLoops[kHill].decoder}; }
};

TEST_F(SimDecoderFaults, AChipXSendsTheLabelOnly) {
  Decoders box = decoders({.profile = Profile::kChipX});
  const Issued issued = box.passing(rider_with(7'000'001), crossing());
  const auto passing = *p3::as_passing(read_record(issued.wire));
  EXPECT_FALSE(passing.transponder_id);
  EXPECT_EQ(passing.transponder_string, "HS-00001");
  EXPECT_EQ(passing.sport, 1U);
  EXPECT_EQ(*passing.rtc_time_us, kNow - kNow % 1000);
  EXPECT_EQ(issued.transponder_id, 0U);
  EXPECT_EQ(status(box).noise, 0U);
  const auto pulse = *p3::as_passing(read_record(box.gate_pulse(kNow).wire));
  EXPECT_EQ(pulse.transponder_id, p3::kExternalStartTransponder);
  EXPECT_EQ(pulse.sport, 0x50U);
  EXPECT_EQ(p3::as_version(ask(box, p3::version_request(to_hill())).at(0))->description, "ChipX Decoder");
}

TEST_F(SimDecoderFaults, ControllerStandsInStatusAndReplies) {
  Decoders box = decoders({.controller = p3::DecoderId{0x000302A4}});
  EXPECT_EQ(status(box).controller_id, p3::DecoderId{0x000302A4});
  for (const auto& request : {p3::version_request(to_hill()), p3::timeline_request(to_hill())}) {
    EXPECT_EQ(p3::general_of(ask(box, request).at(0)).controller_id, p3::DecoderId{0x000302A4});
  }
  EXPECT_FALSE(pass(box).controller_id);
}

TEST_F(SimDecoderFaults, AGpsFixGivesTrueUtcWhateverTheClockShows) {
  Decoders box = decoders();
  EXPECT_EQ(status(box).gps_status, 0U);
  EXPECT_FALSE(pass(box).utc_time_us);
  ASSERT_TRUE(box.command({"gps", "on"}, kNow));
  ASSERT_TRUE(box.command({"rtc", "step", "3600"}, kNow));
  EXPECT_EQ(status(box).gps_status, 1U);
  EXPECT_GE(status(box).satellites, 3U);
  const auto passing = pass(box);
  EXPECT_EQ(passing.utc_time_us, kNow);
  EXPECT_EQ(passing.rtc_time_us, kNow + 3'600'000'000);
  const auto time = *p3::as_get_time(ask(box, p3::get_time_request(to_hill())).at(0));
  EXPECT_EQ(time.utc_time_us, kNow);
  EXPECT_EQ(time.rtc_time_us, kNow + 3'600'000'000);
}

TEST_F(SimDecoderFaults, ClocksAreSteppedAndDriftEachForItself) {
  Decoders box = decoders();
  ASSERT_TRUE(box.command({"rtc", "step", "-1.5", "D0000C02"}, kNow));
  ASSERT_TRUE(box.command({"rtc", "drift", "50", "3"}, kNow));
  EXPECT_EQ(box.rtc(0, kNow), kNow);
  EXPECT_EQ(box.rtc(1, kNow), kNow - 1'500'000);
  EXPECT_EQ(box.rtc(3, kNow + 1'000'000'000), kNow + 1'000'050'000);
  EXPECT_EQ(pass(box, crossing(1)).rtc_time_us, kNow - 1'500'000);
}

TEST_F(SimDecoderFaults, AResetCounterBeginsAtOneAndForgets) {
  Decoders box = decoders();
  for (int i = 0; i < 5; ++i) (void)pass(box);
  (void)pass(box, crossing(3));
  ASSERT_TRUE(box.command({"reset-counter", "0"}, kNow));
  EXPECT_EQ(p3::as_session(ask(box, p3::session_request(to_hill())).at(0))->last_passing_number, 0U);
  EXPECT_EQ(pass(box).passing_number, 1U);
  EXPECT_EQ(pass(box, crossing(3)).passing_number, 2U);
  EXPECT_EQ(ask(box, p3::resend_request(1, 9, to_hill())).size(), 2U);  // one passing, and the RESEND
}

TEST_F(SimDecoderFaults, ResendCanBeWrongInEveryWay) {
  const auto in_order = resent(ResendMode::kOk);
  ASSERT_EQ(in_order.size(), 20U);
  EXPECT_TRUE(std::ranges::is_sorted(in_order));
  auto shuffled = resent(ResendMode::kReorder);
  EXPECT_NE(shuffled, in_order);
  std::ranges::sort(shuffled);
  EXPECT_EQ(shuffled, in_order);
  const auto doubled = resent(ResendMode::kDuplicate);
  EXPECT_EQ(doubled.size(), 40U);
  EXPECT_EQ(doubled[0], doubled[1]);
  EXPECT_TRUE(resent(ResendMode::kIgnore).empty());
  Decoders box = decoders({.resend = ResendMode::kError});
  EXPECT_EQ(p3::as_error(ask(box, p3::resend_request(1, 2, to_hill())).at(0))->code,
            p3::error_code::kTorUnknown);
  ASSERT_TRUE(box.command({"resend", "ignore"}, kNow));
  EXPECT_TRUE(ask(box, p3::resend_request(1, 2, to_hill())).empty());
}

TEST_F(SimDecoderFaults, RequestsAreUnsupportedOrIgnored) {
  Decoders box = decoders({.unsupported = {p3::tor::kGetTime}, .ignored = {p3::tor::kSession}});
  EXPECT_EQ(p3::as_error(ask(box, p3::get_time_request(to_hill())).at(0))->code, p3::error_code::kTorUnknown);
  EXPECT_TRUE(ask(box, p3::session_request(to_hill())).empty());
  EXPECT_EQ(ask(box, p3::version_request(to_hill())).size(), 1U);
  ASSERT_TRUE(box.command({"unsupported", "none"}, kNow));
  ASSERT_TRUE(box.command({"ignore", "VERSION"}, kNow));
  EXPECT_TRUE(p3::as_get_time(ask(box, p3::get_time_request(to_hill())).at(0)));
  EXPECT_TRUE(ask(box, p3::version_request(to_hill())).empty());
  EXPECT_TRUE(p3::as_session(ask(box, p3::session_request(to_hill())).at(0)));
}

TEST_F(SimDecoderFaults, TwoLoopsOnOneDecoderShareItsNumbers) {
  Decoders box = decoders({.shared = std::pair{std::size_t{0}, std::size_t{3}}});
  EXPECT_EQ(box.decoders(), 0x07);
  EXPECT_EQ(pass(box, crossing(0)).passing_number, 1U);
  const auto at_finish = pass(box, crossing(3));
  EXPECT_EQ(at_finish.passing_number, 2U);
  EXPECT_EQ(at_finish.decoder_id, kLoops[0].decoder);
  EXPECT_EQ(ask(box, p3::version_request()).size(), 3U);
  EXPECT_TRUE(ask(box, p3::version_request({.decoder = kLoops[3].decoder})).empty());
}

TEST_F(SimDecoderFaults, OnlyThoseThatAreAskedAnswer) {
  const Decoders box = decoders();
  const auto replies = box.answer(read_record(p3::version_request()), kNow, only(2));
  ASSERT_EQ(replies.size(), 1U);
  EXPECT_EQ(read_record(replies[0]).decoder_id(), kLoops[2].decoder);
  EXPECT_EQ(read_record(box.complain(p3::error_code::kCrc, only(3)).at(0)).decoder_id(), kLoops[3].decoder);
  EXPECT_TRUE(box.complain(p3::error_code::kCrc, 0).empty());
}

TEST_F(SimDecoderFaults, RealTimelineHasFourFieldsAndOnlyThoseAskedFor) {
  const Decoders box = decoders();
  const auto reply = ask(box, p3::timeline_request(to_hill())).at(0);
  EXPECT_EQ(reply.number(0x02), 1025U);
  EXPECT_EQ(reply.number(0x04), 4U);
}

TEST_F(SimDecoderFaults, StateGoesOnOverARestart) {
  const testing::TempDir dir;
  const auto box = [&] {
    return Decoders({.boot_us = kBoot}, base::value_or_die(StateFile::open(dir.file("state"))));
  };
  std::vector<base::Bytes> sent;
  {
    Decoders before = box();
    for (int i = 0; i < 3; ++i) sent.push_back(before.passing(rider_with(7'000'001), crossing()).wire);
  }
  Decoders after = box();
  EXPECT_EQ(p3::as_session(ask(after, p3::session_request(to_hill())).at(0))->last_passing_number, 3U);
  const auto replies = after.answer(read_record(p3::resend_request(1, 3, to_hill())), kNow, kAllDecoders);
  ASSERT_EQ(replies.size(), 4U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(replies[i], sent[i]);
  EXPECT_EQ(pass(after).passing_number, 4U);
  ASSERT_TRUE(after.command({"reset-counter"}, kNow));
  Decoders again = box();
  EXPECT_EQ(pass(again).passing_number, 1U);
}

TEST_F(SimDecoderFaults, IllFormedCommandsChangeNothing) {
  Decoders box = decoders();
  for (const char* line : {"rtc", "rtc step", "rtc step x", "rtc step 1 9", "rtc step 1e300",
                           "rtc step 1 0 0", "rtc back 1", "reset-counter x", "reset-counter 0 1", "gps",
                           "gps 1", "resend never", "unsupported TIME", "ignore"}) {
    const auto status = box.command(words_of(line), kNow);
    ASSERT_FALSE(status) << line;
    EXPECT_EQ(status.error().code, base::Code::kInvalid) << line;
  }
  EXPECT_EQ(box.command({"fly"}, kNow).error().code, base::Code::kMissing);
  EXPECT_EQ(box.rtc(0, kNow), kNow);
}

}  // namespace
}  // namespace holeshot::sim
