#include "gateway/driver/ambrc/line_framer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "gateway/driver/ambrc/ambrc_test_kit.h"

namespace holeshot::driver::ambrc {
namespace {

const std::string kStatus = "\x01#\t20\t0\t72\t0\tx6B89\r\n";
const std::string kPassing = "\x01@\t20\t2\t8533156\t596.126\t400\t163\t2\tx14F5\r\n";

struct Outcome {
  std::vector<std::string> lines;
  LineStats stats;
  std::size_t held = 0;
  bool operator==(const Outcome&) const = default;
};

Outcome frame(std::string_view text, std::size_t piece) {
  LineFramer framer;
  Outcome outcome;
  for (std::size_t at = 0; at < text.size(); at += piece)
    framer.feed(base::as_bytes(text.substr(at, piece)),
                [&](const Line& line) { outcome.lines.emplace_back(line.text); });
  outcome.stats = framer.stats();
  outcome.held = framer.held();
  EXPECT_EQ(outcome.stats.bytes_in, outcome.stats.line_bytes + outcome.stats.skipped_bytes() + outcome.held);
  return outcome;
}

TEST(AmbrcLineFramer, EveryPublishedLinePassesItsCheckInAnyPieces) {
  const std::string all = testing::captured("ascii_rc4_a.bin") + testing::captured("ascii_vostok_a.bin");
  if (all.empty()) GTEST_SKIP() << "no captures; set HOLESHOT_CAPTURES";
  const auto published = static_cast<std::size_t>(std::ranges::count(all, '\n'));
  const Outcome whole = frame(all, all.size());
  EXPECT_EQ(whole.lines.size(), published);
  EXPECT_EQ(whole.stats.skipped_bytes(), 0U);
  EXPECT_EQ(whole.held, 0U);
  for (std::size_t piece = 1; piece < 60; ++piece) EXPECT_EQ(frame(all, piece), whole) << piece;
}

TEST(AmbrcLineFramer, TheTextIsWhatTheCheckCovers) {
  EXPECT_EQ(frame(kPassing, 100).lines,
            (std::vector<std::string>{"@\t20\t2\t8533156\t596.126\t400\t163\t2\t"}));
}

TEST(AmbrcLineFramer, AnyChangedByteCostsOnlyItsOwnLine) {
  for (std::size_t at = 1; at + 2 < kPassing.size(); ++at) {
    std::string damaged = kPassing;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
    const Outcome outcome = frame(kStatus + damaged + kStatus, 1'000);
    EXPECT_EQ(outcome.lines.size(), 2U) << at;
    EXPECT_GE(outcome.stats.skipped_bytes(), damaged.size() - 1) << at;
  }
}

TEST(AmbrcLineFramer, ADamagedLineIsCountedByItsReason) {
  std::string wrong = kStatus;
  wrong[8] = '3';
  const Outcome outcome = frame(
      "ab\r\n" + wrong + kPassing.substr(0, 10) + kStatus + "\x01" + std::string(300, 'a') + kStatus, 7);
  EXPECT_EQ(outcome.lines.size(), 2U);
  EXPECT_EQ(outcome.stats.at(SkipReason::kCheck).events, 1U);
  EXPECT_EQ(outcome.stats.at(SkipReason::kTruncated).events, 1U);
  EXPECT_EQ(outcome.stats.at(SkipReason::kTooLong).events, 1U);
  EXPECT_EQ(outcome.stats.at(SkipReason::kJunk).events, 2U)
      << "before the first, and after the long one was dropped";
}

TEST(AmbrcLineFramer, ALineThatLostItsLineFeedIsStillALine) {
  const std::string no_lf = kStatus.substr(0, kStatus.size() - 1);
  const std::string no_cr_lf = kStatus.substr(0, kStatus.size() - 2);
  EXPECT_EQ(frame(no_lf + no_cr_lf + "\n" + kPassing, 5).lines.size(), 3U);
}

TEST(AmbrcLineFramer, HoldsABoundedLineAndDropsItWhenTold) {
  LineFramer framer;
  const std::string endless = "\x01" + std::string(100'000, 'x');
  framer.feed(base::as_bytes(endless), [](const Line&) { FAIL(); });
  EXPECT_LE(framer.held(), kMaxLine);
  framer.feed(base::as_bytes(kStatus.substr(0, 5)), [](const Line&) { FAIL(); });
  EXPECT_EQ(framer.held(), 5U);
  framer.drop_open_line();
  EXPECT_EQ(framer.held(), 0U);
  EXPECT_EQ(framer.stats().at(SkipReason::kTruncated).events, 1U);
}

}  // namespace
}  // namespace holeshot::driver::ambrc
