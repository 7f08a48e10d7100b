#include "tools/sim/faults.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace holeshot::sim {
namespace {

using base::Bytes;

Bytes all_values(std::size_t times) {
  Bytes bytes;
  for (std::size_t i = 0; i < 256 * times; ++i) bytes.push_back(static_cast<std::uint8_t>(i));
  return bytes;
}

Bytes through(const LinkFaults& faults, const Bytes& bytes, std::uint64_t seed = 1) {
  Damage damage(seed);
  Bytes out;
  const bool intact = damage.pass(faults, bytes, out);
  EXPECT_EQ(intact, out == bytes);
  return out;
}

TEST(SimFaults, AGoodLinkChangesNothing) { EXPECT_EQ(through({}, all_values(4)), all_values(4)); }

TEST(SimFaults, BytesAreLostDoubledAndCorruptedAboutAsOftenAsAsked) {
  const Bytes bytes = all_values(400);  // 102,400
  const auto tenth = static_cast<double>(bytes.size()) / 10;
  EXPECT_NEAR(static_cast<double>(through({.drop = 0.1}, bytes).size()), 9 * tenth, tenth / 20);
  EXPECT_NEAR(static_cast<double>(through({.duplicate = 0.1}, bytes).size()), 11 * tenth, tenth / 20);
  const Bytes corrupted = through({.corrupt = 0.1}, bytes);
  ASSERT_EQ(corrupted.size(), bytes.size());
  std::size_t wrong = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) wrong += corrupted[i] != bytes[i] ? 1U : 0U;
  EXPECT_NEAR(static_cast<double>(wrong), tenth, tenth / 20);
}

TEST(SimFaults, ADoubledByteStandsTwiceInARow) {
  EXPECT_EQ(through({.duplicate = 1}, {1, 2}), (Bytes{1, 1, 2, 2}));
  EXPECT_TRUE(through({.drop = 1}, {1, 2}).empty());
}

TEST(SimFaults, TheSameSeedDamagesTheSameBytes) {
  const LinkFaults faults{.drop = 0.05, .duplicate = 0.05, .corrupt = 0.05};
  EXPECT_EQ(through(faults, all_values(4), 7), through(faults, all_values(4), 7));
  EXPECT_NE(through(faults, all_values(4), 7), through(faults, all_values(4), 8));
}

TEST(SimFaults, TelnetLosesTheZeroAfterCrEvenAcrossRecords) {
  const LinkFaults strip{.telnet = Telnet::kStrip};
  EXPECT_EQ(through(strip, {0x0D, 0x00, 0x00, 0x0A}), (Bytes{0x0D, 0x00, 0x0A}));
  Damage damage(1);
  Bytes out;
  EXPECT_TRUE(damage.pass(strip, Bytes{0x01, 0x0D}, out));
  EXPECT_FALSE(damage.pass(strip, Bytes{0x00, 0x02}, out));
  EXPECT_EQ(out, (Bytes{0x01, 0x0D, 0x02}));
}

TEST(SimFaults, TelnetPutsACrBeforeLf) {
  EXPECT_EQ(through({.telnet = Telnet::kInsert}, {0x01, 0x0A, 0x00}), (Bytes{0x01, 0x0D, 0x0A, 0x00}));
}

TEST(SimFaults, CommandsSetThemAndCleanTakesThemAway) {
  LinkFaults faults;
  for (const char* line :
       {"drop 0.1", "dup 0.2", "corrupt 0.3", "telnet strip", "glue 40", "silent on", "stall on"}) {
    const auto done = apply_command(words_of(line), faults);
    ASSERT_TRUE(done && *done) << line;
  }
  EXPECT_EQ(faults.drop, 0.1);
  EXPECT_EQ(faults.duplicate, 0.2);
  EXPECT_EQ(faults.corrupt, 0.3);
  EXPECT_EQ(faults.telnet, Telnet::kStrip);
  EXPECT_EQ(faults.glue_us, 40'000U);
  EXPECT_TRUE(faults.silent && faults.stalled && faults.quiet());
  ASSERT_TRUE(*apply_command({"clean"}, faults));
  EXPECT_FALSE(faults.damages() || faults.quiet() || faults.glue_us != 0);
}

TEST(SimFaults, IllFormedCommandsChangeNothingAndOthersAreNotTheirs) {
  LinkFaults faults;
  for (const char* line : {"drop", "drop 2", "dup x", "telnet ssh", "glue -1", "glue 60001", "silent",
                           "silent 1", "stall on off"}) {
    EXPECT_FALSE(apply_command(words_of(line), faults)) << line;
  }
  EXPECT_FALSE(faults.damages() || faults.quiet() || faults.glue_us != 0);
  for (const char* line : {"", "gate 0", "clean all", "disconnect"}) {
    const auto done = apply_command(words_of(line), faults);
    ASSERT_TRUE(done) << line;
    EXPECT_FALSE(*done) << line;
  }
}

}  // namespace
}  // namespace holeshot::sim
