#include "common/p3/writer.h"

#include <gtest/gtest.h>

#include "common/p3/record_writer.h"
#include "common/p3/tags.h"
#include "common/p3/testing.h"

namespace holeshot::p3 {
namespace {

using testing::hex;
using testing::Random;
using testing::record_in;

TEST(P3Writer, WritesTheEmptyStatusWithItsEscapedCrc) {
  EXPECT_EQ(FrameBuilder(tor::kStatus).finish(), hex("8E 02 0B 00 8D AE FC 00 00 02 00 8F"));
}

TEST(P3Writer, EscapesExactlyThreeBytes) {
  base::Bytes all(256);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint8_t>(i);
  const base::ByteView view{all};
  const auto wire = FrameBuilder(0x0ABC).bytes(0x20, view.first(128)).bytes(0x21, view.subspan(128)).finish();
  const auto outcome = testing::frame_at_once(wire);
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].raw.size() - outcome.frames[0].bytes.size(), 3U);
  EXPECT_EQ(outcome.stats.lenient_escapes, 0U);
}

TEST(P3Writer, WritesRealFramesByteForByte) {
  const Passing rider{{.decoder_id = DecoderId::parse("D0000C00"), .controller_id = {}, .request_id = {}},
                      8857,
                      102758186,
                      "FL-94890",
                      1761855861817733,
                      {},
                      133,
                      29,
                      0,
                      {},
                      {},
                      {},
                      {},
                      {},
                      {}};
  EXPECT_EQ(base::to_hex(write_passing(rider, PassingShape::kProChipSmart)),
            "8e023d0012850000010001049922000003042af71f060a08464c2d39343839300502850006021d0004088501ca086642"
            "0600080200"
            "008104d0000c008f");
}

TEST(P3WriterDeathTest, RefusesToClearOrReset) {
  EXPECT_DEATH(FrameBuilder{tor::kClearPassing}, "never built");
  EXPECT_DEATH(FrameBuilder{tor::kReset}, "never built");
}

TEST(P3WriterDeathTest, RefusesAValueThatDoesNotFit) {
  EXPECT_DEATH(FrameBuilder(tor::kStatus).number(1, 256, 1), "fits its field");
}

Number some(Random& random, int bits) {
  if (random.chance(25)) return std::nullopt;
  return random.next() >> (64 - bits);
}
SignedNumber some_signed(Random& random) {
  if (random.chance(25)) return std::nullopt;
  return static_cast<std::int64_t>(random.next()) >> random.below(64);
}
Text some_text(Random& random) {
  if (random.chance(25)) return std::nullopt;
  const auto bytes = random.bytes(1 + random.below(40));
  return std::string(bytes.begin(), bytes.end());
}
std::optional<DecoderId> some_id(Random& random) {
  if (random.chance(25)) return std::nullopt;
  return DecoderId{static_cast<std::uint32_t>(random.next())};
}
General some_general(Random& random) {
  return {some_id(random), some_id(random), random.bytes(random.chance(50) ? 8 : 0)};
}
SignedNumber some_temperature(Random& random) {
  if (random.chance(25)) return std::nullopt;
  return static_cast<std::int64_t>(random.below(1000)) - 100;
}

constexpr int kRounds = 2000;

TEST(P3WriterProperty, WhatIsWrittenIsReadBack) {
  Random r(42);
  for (int round = 0; round < kRounds; ++round) {
    const Passing passing{some_general(r), some(r, 32), some(r, 32), some_text(r), some(r, 64),
                          some(r, 64),     some(r, 16), some(r, 16), some(r, 16),  some(r, 32),
                          some(r, 64),     some(r, 32), some(r, 8),  some(r, 8),   some_temperature(r)};
    const auto shape = static_cast<PassingShape>(r.below(4));
    ASSERT_EQ(as_passing(record_in(write_passing(passing, shape))), passing);
    const Status status{some_general(r), some(r, 16), some(r, 8), some_signed(r),
                        some(r, 8),      some(r, 32), some(r, 8)};
    ASSERT_EQ(as_status(record_in(write_status(status))), status);
    const Version version{some_general(r), some(r, 8),  some_text(r),
                          some_text(r),    some(r, 32), r.bytes(r.chance(50) ? 8 : 0),
                          some(r, 16),     some(r, 32)};
    ASSERT_EQ(as_version(record_in(write_version(version))), version);
    const Resend resend{some_general(r), some(r, 32), some(r, 32)};
    ASSERT_EQ(as_resend(record_in(write_resend(resend))), resend);
    const GetTime time{some_general(r), some(r, 64), some(r, 16), some(r, 64)};
    ASSERT_EQ(as_get_time(record_in(write_get_time(time))), time);
  }
}

TEST(P3WriterProperty, WhatIsWrittenIsReadBackForTheOthersToo) {
  Random r(43);
  for (int round = 0; round < kRounds; ++round) {
    const Session session{some_general(r), some(r, 32), some(r, 32), some(r, 32), some(r, 32)};
    ASSERT_EQ(as_session(record_in(write_session(session))), session);
    const NetworkSettings network{some_general(r), some(r, 8),  some(r, 32), some(r, 32),
                                  some(r, 32),     some(r, 32), some(r, 8),  some(r, 8),
                                  some(r, 32),     some(r, 32), some(r, 32)};
    ASSERT_EQ(as_network_settings(record_in(write_network_settings(network))), network);
    const Timeline timeline{some_general(r), some_text(r)};
    ASSERT_EQ(as_timeline(record_in(write_timeline(timeline))), timeline);
    const AuxSettings aux{some_general(r), some(r, 32), some(r, 32), some(r, 32)};
    ASSERT_EQ(as_aux_settings(record_in(write_aux_settings(aux))), aux);
    const DecoderError error{some_general(r), some(r, 16), some_text(r)};
    ASSERT_EQ(as_error(record_in(write_error(error))), error);
    const Ping ping{some_general(r)};
    ASSERT_EQ(as_ping(record_in(write_ping(ping))), ping);
  }
}

}  // namespace
}  // namespace holeshot::p3
