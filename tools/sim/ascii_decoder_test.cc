#include "tools/sim/ascii_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace holeshot::sim {
namespace {

namespace fs = std::filesystem;
constexpr std::uint64_t kBoot = 1'761'800'000'000'000;

std::string text(const base::Bytes& wire) { return {wire.begin(), wire.end()}; }

Split split_at(std::uint64_t us) {
  Split split;
  split.rtc_us = us;
  split.strength = 163;
  split.hits = 400;
  return split;
}

TEST(SimAscii, LinesAreThoseOfARealRc4) {
  EXPECT_EQ(text(ascii_line({"#", "20", "0", "72", "0"})), "\x01#\t20\t0\t72\t0\tx6B89\r\n");
  EXPECT_EQ(text(ascii_line({"@", "20", "2", "8533156", "596.126", "400", "163", "2"})),
            "\x01@\t20\t2\t8533156\t596.126\t400\t163\t2\tx14F5\r\n");
}

// Every captured line, taken apart and put together again, is what it was.
TEST(SimAscii, LinesAreThoseOfTheCaptures) {
  const char* from_environment = std::getenv("HOLESHOT_CAPTURES");  // NOLINT(concurrency-mt-unsafe)
  const fs::path dir = from_environment != nullptr ? from_environment : HOLESHOT_CAPTURES_DIR;
  if (!fs::exists(dir / "ascii_rc4_a.bin")) GTEST_SKIP() << "no captures in " << dir;
  std::size_t lines = 0;
  for (const char* file : {"ascii_rc4_a.bin", "ascii_vostok_a.bin"}) {
    std::ifstream in(dir / file, std::ios::binary);
    for (std::string line; std::getline(in, line); ++lines) {
      line += '\n';
      std::vector<std::string> fields;
      std::size_t from = 1;
      for (auto tab = line.find('\t', from); tab != std::string::npos; tab = line.find('\t', from)) {
        fields.push_back(line.substr(from, tab - from));
        from = tab + 1;
      }
      EXPECT_EQ(text(ascii_line(fields)), line);
    }
  }
  EXPECT_EQ(lines, 20U);
}

TEST(SimAscii, PassingsAndStatusShareOneCounterAndTellTimeSinceTheStart) {
  AsciiDecoders rc4({.boot_us = kBoot});
  EXPECT_EQ(rc4.status(0, kBoot).number, 0U);
  const Issued passing = rc4.passing(rider_with(8'533'156), split_at(kBoot + 596'126'999));
  EXPECT_EQ(passing.wire, ascii_line({"@", "20", "1", "8533156", "596.126", "400", "163", "2"}));
  EXPECT_EQ(passing.number, 1U);
  EXPECT_EQ(passing.rtc_us, 596'126'000U);
  EXPECT_EQ(rc4.status(0, kBoot).number, 2U);
}

TEST(SimAscii, AVostoksStatusHasOneFieldLess) {
  AsciiDecoders vostok({.model = AsciiModel::kVostok, .boot_us = kBoot});
  EXPECT_EQ(text(vostok.status(0, kBoot).wire).substr(0, 12), "\x01#\t101\t0\t0\tx");
  AsciiDecoders rc4({.boot_us = kBoot});
  const std::string status = text(rc4.status(0, kBoot).wire);
  EXPECT_EQ(std::count(status.begin(), status.end(), '\t'), 5);
}

TEST(SimAscii, AllLoopsAreOnOneDecoderUnlessEachHasItsOwn) {
  AsciiDecoders one({.boot_us = kBoot});
  EXPECT_EQ(one.decoders(), only(0));
  Split finish = split_at(kBoot);
  finish.loop = 3;
  EXPECT_EQ(one.gate_pulse(kBoot).number, 0U);
  EXPECT_EQ(one.passing(rider_with(1), finish).number, 1U);
  AsciiDecoders four({.boot_us = kBoot, .one_each = true});
  EXPECT_EQ(four.decoders(), kAllDecoders);
  (void)four.gate_pulse(kBoot);
  const Issued at_finish = four.passing(rider_with(1), finish);
  EXPECT_EQ(at_finish.number, 0U);
  EXPECT_EQ(at_finish.decoder, 3U);
}

TEST(SimAscii, AResetBeginsAgainAndClocksDrift) {
  AsciiDecoders rc4({.boot_us = kBoot});
  ASSERT_TRUE(rc4.command({"rtc", "drift", "100"}, kBoot));
  EXPECT_EQ(rc4.rtc(0, kBoot + 100'000'000), 100'010'000U);
  (void)rc4.status(0, kBoot);
  ASSERT_TRUE(rc4.command({"reset-counter"}, kBoot + 50'000'000));
  EXPECT_EQ(rc4.status(0, kBoot + 60'000'000).number, 0U);
  EXPECT_EQ(rc4.rtc(0, kBoot + 60'000'000), 10'000'000U);
  EXPECT_EQ(rc4.command({"gps", "on"}, kBoot).error().code, base::Code::kMissing);
  EXPECT_FALSE(rc4.command({"rtc", "drift", "fast"}, kBoot));
  EXPECT_FALSE(rc4.command({"reset-counter", "9"}, kBoot));
}

}  // namespace
}  // namespace holeshot::sim
