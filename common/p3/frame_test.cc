#include "common/p3/frame.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/p3/tags.h"
#include "common/p3/testing.h"
#include "common/p3/writer.h"

namespace holeshot::p3 {
namespace {

using base::Bytes;
using testing::frame_at_once;
using testing::frame_in_pieces;
using testing::hex;
using testing::Outcome;
using testing::Random;
using testing::operator+;

const DecoderId kHill{0x010C00D0};

Bytes status(std::uint16_t noise = 53) {
  return FrameBuilder(tor::kStatus)
      .u16(status_tag::kNoise, noise)
      .u8(status_tag::kGps, 1)
      .decoder(kHill)
      .finish();
}
Bytes passing(std::uint32_t number) {
  return FrameBuilder(tor::kPassing)
      .u32(passing_tag::kNumber, number)
      .u32(passing_tag::kTransponder, 0x008F8E8D)  // so that every passing carries escapes
      .u64(passing_tag::kRtcTime, 1'761'800'000'000'000 + number)
      .decoder(kHill)
      .finish();
}

std::uint64_t events(const Outcome& outcome, SkipReason reason) { return outcome.stats.at(reason).events; }
std::uint64_t bytes(const Outcome& outcome, SkipReason reason) { return outcome.stats.at(reason).bytes; }

// Only `reason` was counted, once, and for `size` bytes.
void expect_only(const Outcome& outcome, SkipReason reason, std::size_t size) {
  EXPECT_EQ(events(outcome, reason), 1U) << to_string(reason);
  EXPECT_EQ(bytes(outcome, reason), size) << to_string(reason);
  EXPECT_EQ(outcome.stats.skipped_bytes(), size) << to_string(reason);
  EXPECT_TRUE(outcome.accounts_for_every_byte());
}

TEST(P3Framer, HandsOutTheWireBytesAndTheUnescapedOnes) {
  const auto wire = hex("8E 02 0B 00 8D AE FC 00 00 02 00 8F");
  const auto outcome = frame_at_once(wire);
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].raw, wire);
  EXPECT_EQ(outcome.frames[0].bytes, hex("8E 02 0B 00 8E FC 00 00 02 00 8F"));
  EXPECT_EQ(outcome.stats.frame_bytes, wire.size());
  EXPECT_EQ(outcome.stats.skipped_bytes(), 0U);
}

TEST(P3Framer, TakesRawBytesNextToTheEscapedRange) {
  const auto wire =
      FrameBuilder(tor::kPassing).bytes(0x0A, hex("8A 8B 8C 90 8C 8C 8C 8C 8C 8C 8C 8C")).finish();
  EXPECT_EQ(base::to_hex(wire).find("8d"), std::string::npos);
  const auto outcome = frame_at_once(wire);
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].raw, wire);
}

TEST(P3Framer, AcceptsNeedlessEscapesAndCountsThem) {
  // The passing's text is 8A 8B 8C 8D, and all four are escaped.
  auto wire = FrameBuilder(tor::kPassing).bytes(0x0A, hex("8A 8B 8C 8D")).finish();
  const auto plain = frame_at_once(wire).frames.at(0).bytes;
  const auto at = std::ranges::find(wire, std::uint8_t{0x8A});
  ASSERT_NE(at, wire.end());
  const Bytes lenient = Bytes(wire.begin(), at) + hex("8D AA 8D AB 8D AC") + Bytes(at + 3, wire.end());
  const auto outcome = frame_at_once(lenient);
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].bytes, plain);
  EXPECT_EQ(outcome.frames[0].raw, lenient);
  EXPECT_EQ(outcome.stats.lenient_escapes, 3U);
}

TEST(P3Framer, SkipsJunkAroundFrames) {
  const auto outcome = frame_at_once(hex("00 8D 8F 41") + status() + hex("8F 0D 0A") + passing(1));
  EXPECT_EQ(outcome.frames.size(), 2U);
  EXPECT_EQ(events(outcome, SkipReason::kJunk), 2U);
  EXPECT_EQ(bytes(outcome, SkipReason::kJunk), 7U);
  EXPECT_TRUE(outcome.accounts_for_every_byte());
}

TEST(P3Framer, ResyncsAfterTruncatedFrame) {
  auto cut = passing(1);
  cut.resize(20);
  const auto outcome = frame_at_once(cut + status());
  ASSERT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(outcome.frames[0].raw, status());
  expect_only(outcome, SkipReason::kTruncated, 20);
}

TEST(P3Framer, ResyncsWhenTheCutFallsInsideAnEscape) {
  const auto outcome = frame_at_once(hex("8E 02 0B 00 8D") + status());
  ASSERT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kTruncated, 5);
}

TEST(P3Framer, BadEscapeCostsThatFrameOnly) {
  const auto outcome = frame_at_once(hex("8E 02 0B 00 8D 41 FC 00 00 02 00 8F") + status());
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kBadEscape, 12);
}

TEST(P3Framer, EscapeBeforeTheEndIsABadOne) {
  const auto outcome = frame_at_once(hex("8E 02 0B 00 41 FC 00 00 02 8D 8F") + status());
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kBadEscape, 11);
}

TEST(P3Framer, EscapesWithoutEndDoNotFillTheMemory) {
  const auto outcome = frame_at_once(hex("8E") + Bytes(100'000, kEscape) + status());
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kBadEscape, 100'001);
}

TEST(P3Framer, TooShortFramesAreCounted) {
  const auto outcome = frame_at_once(hex("8E 8F 8E 02 0A 00 00 00 00 00 02 8F") + status());
  EXPECT_EQ(outcome.frames.size(), 1U);
  EXPECT_EQ(events(outcome, SkipReason::kTooShort), 2U);
  EXPECT_EQ(bytes(outcome, SkipReason::kTooShort), 12U);
}

TEST(P3Framer, WrongCrcIsCounted) {
  const auto outcome = frame_at_once(hex("8E 02 0B 00 00 00 00 00 02 00 8F") + status());
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kCrcMismatch, 11);
}

TEST(P3Framer, FieldsThatRunOverTheEndAreCountedAndRefusedOnDemand) {
  // A field of one byte says that it has two: the CRC is right, the chain of fields is not.
  auto plain = frame_at_once(FrameBuilder(tor::kStatus).u8(0x06, 1).finish()).frames.at(0).bytes;
  plain[11] = 2;
  plain[4] = plain[5] = 0;
  const auto whole = [&](Bytes frame) {  // CRC by a builder that knows no fields
    std::uint32_t reg = 0xFFFF;
    for (const auto byte : frame) {
      for (int bit = 7; bit >= 0; --bit) {
        reg = reg << 1 | (byte >> bit & 1U);
        if ((reg & 0x10000U) != 0) reg ^= 0x11021U;
      }
    }
    frame[4] = static_cast<std::uint8_t>(reg);
    frame[5] = static_cast<std::uint8_t>(reg >> 8);
    return frame;
  }(plain);
  const auto lax = frame_at_once(whole + status());
  EXPECT_EQ(lax.frames.size(), 2U);
  EXPECT_EQ(lax.stats.wrong_fields, 1U);
  const auto exact = frame_at_once(whole + status(), {.strictness = Strictness::kExact});
  EXPECT_EQ(exact.frames.size(), 1U);
  expect_only(exact, SkipReason::kTlvOverrun, whole.size());
}

TEST(P3Framer, WrongLengthWithARightCrcIsAcceptedAndCounted) {
  const auto get_time =
      hex("8E 00 00 00 5B EB 00 00 24 00 01 00 04 00 05 00 8F");  // LENGTH 0, as one client sends
  const auto outcome = frame_at_once(get_time + status());
  EXPECT_EQ(outcome.frames.size(), 2U);
  EXPECT_EQ(outcome.stats.wrong_lengths, 1U);
  EXPECT_EQ(outcome.stats.skipped_bytes(), 0U);
}

TEST(P3Framer, WrongLengthIsRefusedWhereItMustBeExact) {
  const auto get_time = hex("8E 00 00 00 5B EB 00 00 24 00 01 00 04 00 05 00 8F");
  const auto outcome = frame_at_once(get_time + status(), {.strictness = Strictness::kExact});
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kLengthMismatch, 17);
}

TEST(P3Framer, WrongLengthWithAWrongCrcIsALengthMismatch) {
  const auto outcome = frame_at_once(hex("8E 02 3A 00 04 79 00 00 01 00 01 01 05 8F") + status());
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kLengthMismatch, 14);
}

TEST(P3Framer, FrameOfExactlyTheLimitPassesAndOneMoreDoesNot) {
  const auto wire =
      FrameBuilder(tor::kVersion).bytes(0x02, Bytes(100, kSor)).finish();  // 113 bytes, 213 on the wire
  EXPECT_EQ(frame_at_once(wire, {.max_frame = 113}).frames.size(), 1U);
  const auto outcome = frame_at_once(wire + status(), {.max_frame = 112});
  EXPECT_EQ(outcome.frames.size(), 1U);
  expect_only(outcome, SkipReason::kOverrun, wire.size());
}

TEST(P3Framer, EndlessFrameIsCountedAndMemoryStaysBounded) {
  Framer framer;
  std::size_t frames = 0;
  const auto sink = [&](const Frame&) { ++frames; };
  framer.feed(hex("8E"), sink);
  for (int i = 0; i < 1000; ++i) {
    framer.feed(Bytes(100, 0x41), sink);
    EXPECT_LE(framer.held(), 2 * kDefaultMaxFrame);
  }
  framer.feed(status(), sink);
  EXPECT_EQ(frames, 1U);
  EXPECT_EQ(framer.stats().at(SkipReason::kOverrun), (FramerStats::Skipped{1, 100'001}));
}

TEST(P3Framer, SilentLineInsideAFrameIsDroppedByTheOwnerOfTime) {
  Framer framer;
  std::size_t frames = 0;
  const auto sink = [&](const Frame&) { ++frames; };
  const auto wire = status();
  framer.feed(base::ByteView{wire}.first(7), sink);
  EXPECT_EQ(framer.held(), 7U);
  EXPECT_TRUE(framer.drop_open_frame());
  EXPECT_FALSE(framer.drop_open_frame());
  EXPECT_EQ(framer.held(), 0U);
  framer.feed(base::ByteView{wire}.subspan(7), sink);  // what was left of it is junk now
  framer.feed(wire, sink);
  EXPECT_EQ(frames, 1U);
  EXPECT_EQ(framer.stats().at(SkipReason::kIdleTimeout), (FramerStats::Skipped{1, 7}));
  EXPECT_EQ(framer.stats().at(SkipReason::kJunk), (FramerStats::Skipped{1, wire.size() - 7}));
}

// A stream with everything in it that may go wrong.
Bytes rough_stream() {
  auto truncated = passing(7);
  truncated.resize(truncated.size() / 2);
  auto damaged = passing(8);
  damaged[21] ^= 0x10;
  return hex("00 8F") + passing(1) + status() + truncated + passing(2) + hex("8D 8E 8E") + status(141) +
         damaged + hex("8E 02 8D 41 00 8F 41") + passing(3) + hex("8E 02 8D") + passing(4) +
         Bytes(300, 0x8C) + hex("8E") + Bytes(200, 0x8C) + hex("8F") + passing(5) + hex("8E 02 0B 00 8D AE");
}
constexpr FramerOptions kSmall{.max_frame = 100};

TEST(P3Framer, EveryCutIntoTwoGivesTheSameFramesAndFigures) {
  const auto stream = rough_stream();
  const auto whole = frame_at_once(stream, kSmall);
  ASSERT_EQ(whole.frames.size(), 7U);
  ASSERT_TRUE(whole.accounts_for_every_byte());
  for (const auto reason :
       {SkipReason::kJunk, SkipReason::kTruncated, SkipReason::kOverrun, SkipReason::kBadEscape}) {
    EXPECT_GT(events(whole, reason), 0U) << to_string(reason);
  }
  for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
    ASSERT_EQ(frame_in_pieces(stream, {cut}, kSmall), whole) << "cut at " << cut;
  }
}

TEST(P3Framer, ByteByByteAndRandomPiecesGiveTheSameFramesAndFigures) {
  const auto stream = rough_stream();
  const auto whole = frame_at_once(stream, kSmall);
  std::vector<std::size_t> every(stream.size());
  for (std::size_t i = 0; i < every.size(); ++i) every[i] = i;
  EXPECT_EQ(frame_in_pieces(stream, every, kSmall), whole);
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    ASSERT_EQ(frame_in_pieces(stream, testing::random_cuts(random, stream.size()), kSmall), whole) << seed;
  }
}

TEST(P3Framer, RandomBytesAreAccountedForInEverySplit) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Random random(seed);
    auto noise = random.bytes(400);
    for (auto& byte : noise) {
      if (random.chance(30)) byte = static_cast<std::uint8_t>(kEscape + random.below(3));
    }
    const auto whole = frame_at_once(noise, kSmall);
    ASSERT_TRUE(whole.accounts_for_every_byte()) << seed;
    ASSERT_EQ(frame_in_pieces(noise, testing::random_cuts(random, noise.size()), kSmall), whole) << seed;
  }
}

TEST(P3Framer, OneDamagedByteCostsAtMostItsOwnFrame) {
  std::vector<Bytes> sent;
  Bytes stream;
  for (std::uint32_t i = 0; i < 5; ++i) {
    sent.push_back(i % 2 == 0 ? passing(i) : status(static_cast<std::uint16_t>(140 + i)));
    stream = stream + sent.back();
  }
  std::size_t lost_somewhere = 0;
  std::size_t begin = 0;
  for (std::size_t hit = 0; hit < sent.size(); begin += sent[hit++].size()) {
    for (std::size_t at = begin; at < begin + sent[hit].size(); ++at) {
      for (int value = 0; value < 256; ++value) {
        auto damaged = stream;
        damaged[at] = static_cast<std::uint8_t>(value);
        const auto outcome = frame_at_once(damaged);
        std::vector<Bytes> expected = sent;
        if (damaged != stream && outcome.frames.size() != sent.size()) {
          expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(hit));
          ++lost_somewhere;
        }
        ASSERT_EQ(outcome.frames.size(), expected.size()) << "byte " << at << " = " << value;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          ASSERT_EQ(outcome.frames[i].raw, expected[i]) << "byte " << at << " = " << value;
        }
        ASSERT_TRUE(outcome.accounts_for_every_byte());
      }
    }
  }
  EXPECT_EQ(lost_somewhere, stream.size() * 255);  // and no damage goes unnoticed
}

TEST(P3Framer, ReasonsHaveNames) {
  EXPECT_EQ(to_string(SkipReason::kJunk), "junk");
  EXPECT_EQ(to_string(SkipReason::kIdleTimeout), "idle_timeout");
}

}  // namespace
}  // namespace holeshot::p3
