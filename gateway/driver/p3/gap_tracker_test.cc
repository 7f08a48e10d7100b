#include "gateway/driver/p3/gap_tracker.h"

#include <gtest/gtest.h>

#include <set>

#include "common/p3/testing.h"
#include "gateway/driver/driver.h"

namespace holeshot::driver::p3 {
namespace {

using Kind = GapTracker::Kind;
using Told = GapTracker::Told;

constexpr std::uint64_t kRtc = 1'000'000'000;

class Gaps : public ::testing::Test {
 protected:
  Kind receive(std::uint32_t number, std::uint64_t rtc_after = 0) {
    return gaps_.received(number, kRtc + number * 1'000'000ULL + rtc_after, now_);
  }
  std::optional<Range> ask_after(std::uint64_t us) {
    now_ += us;
    return gaps_.ask(now_);
  }
  GapTracker gaps_;
  std::uint64_t now_ = 0;
};

TEST_F(Gaps, AHoleIsAskedForWhenItIsASecondOld) {
  EXPECT_EQ(receive(10), Kind::kNext);
  EXPECT_EQ(receive(13), Kind::kNext);
  EXPECT_EQ(gaps_.missing(), 2U);
  EXPECT_EQ(gaps_.due_us(), GapTracker::kHoleAgeUs);
  EXPECT_FALSE(ask_after(GapTracker::kHoleAgeUs - 1));
  EXPECT_EQ(ask_after(1), (Range{11, 12}));
  EXPECT_FALSE(ask_after(60'000'000)) << "in flight";
  EXPECT_EQ(receive(12), Kind::kRecovered);
  EXPECT_FALSE(gaps_.complete({11, 12}));
  EXPECT_EQ(receive(11), Kind::kRecovered);
  EXPECT_TRUE(gaps_.complete({11, 12}));
  EXPECT_EQ(gaps_.missing(), 0U);
}

TEST_F(Gaps, OutOfOrderIsNoResend) {
  receive(10);
  receive(12);
  EXPECT_EQ(receive(11, 3'000'000), Kind::kLate) << "even with a later RTC";
  EXPECT_EQ(gaps_.missing(), 0U);
  EXPECT_EQ(gaps_.epochs(), 0U);
}

TEST_F(Gaps, ANumberBeforeTheFirstOneJustCameLate) {
  receive(10);
  EXPECT_EQ(receive(9, 1'500'000), Kind::kLate);
  EXPECT_EQ(gaps_.epochs(), 0U);
}

TEST_F(Gaps, ALowerNumberIsOldOrTheCounterStartedOver) {
  receive(500);
  receive(501);
  EXPECT_EQ(receive(300), Kind::kOld);
  EXPECT_EQ(gaps_.last(), 501U);
  EXPECT_EQ(receive(3, 900'000'000), Kind::kRestart);
  EXPECT_EQ(gaps_.epochs(), 1U);
  EXPECT_EQ(gaps_.last(), 3U);
  EXPECT_EQ(ask_after(GapTracker::kHoleAgeUs), (Range{1, 2})) << "it began at 1";
}

TEST_F(Gaps, WhatWasMissingBeforeARestartIsGivenUpLoudly) {
  receive(500);
  receive(503);
  receive(1, 900'000'000);
  EXPECT_EQ(gaps_.take_given_up(), (std::vector<Range>{{501, 502}}));
  EXPECT_EQ(gaps_.missing(), 2U);
  EXPECT_EQ(gaps_.missing_text(), "2 older");
}

TEST_F(Gaps, NumbersWrap) {
  receive(0xFFFF'FFFE);
  EXPECT_EQ(gaps_.received(1, 1ULL << 53, now_), Kind::kNext);
  EXPECT_EQ(gaps_.epochs(), 0U);
  const auto block = ask_after(GapTracker::kHoleAgeUs);
  EXPECT_EQ(block, (Range{0xFFFF'FFFF, 0}));
  EXPECT_EQ(block->str(), "4294967295-0");
  EXPECT_EQ(receive(0), Kind::kRecovered);
  EXPECT_EQ(receive(0xFFFF'FFFF), Kind::kRecovered);
  EXPECT_EQ(gaps_.missing(), 0U);
}

TEST_F(Gaps, AJumpBeyondReasonIsAnotherCounter) {
  receive(10);
  EXPECT_EQ(receive(3'000'000'000), Kind::kRestart);
  EXPECT_EQ(receive(12 + static_cast<std::uint32_t>(GapTracker::kMaxGap), 0), Kind::kRestart);
  EXPECT_EQ(gaps_.missing(), 0U);
}

TEST_F(Gaps, LastIsTheStartOfADecoderNeverSeen) {
  EXPECT_EQ(gaps_.told_last(700'000, now_), Told::kAhead);
  EXPECT_EQ(gaps_.missing(), 0U);
  receive(700'001);
  EXPECT_EQ(gaps_.missing(), 0U);
  EXPECT_EQ(gaps_.told_last(700'004, now_), Told::kAhead);
  EXPECT_EQ(gaps_.missing(), 3U);
  EXPECT_EQ(gaps_.told_last(700'004, now_), Told::kNothingNew);
  EXPECT_EQ(gaps_.told_last(700'003, now_), Told::kBehind);
  EXPECT_EQ(gaps_.told_last(900'003, now_), Told::kTooFar);
}

TEST_F(Gaps, AsksInBlocksOfAHundred) {
  receive(1'000);
  gaps_.told_last(1'250, now_);
  EXPECT_EQ(ask_after(GapTracker::kHoleAgeUs), (Range{1'001, 1'100}));
  EXPECT_EQ(ask_after(0), (Range{1'101, 1'200}));
  EXPECT_EQ(ask_after(0), (Range{1'201, 1'250}));
  EXPECT_FALSE(ask_after(0));
}

TEST_F(Gaps, IsAskedThreeTimesWithGrowingPausesThenOncePerLineThenNeverAgain) {
  receive(10);
  receive(12);
  std::vector<std::uint64_t> asked;
  unsigned lines = 1;
  for (std::uint64_t end = now_ + 60'000'000; now_ < end; now_ += 100'000) {
    if (const auto block = gaps_.ask(now_)) {
      asked.push_back(now_);
      gaps_.ended(*block, true, now_);
    }
  }
  ASSERT_EQ(asked.size(), GapTracker::kTries);
  EXPECT_EQ(asked[1] - asked[0], GapTracker::kPauseUs);
  EXPECT_EQ(asked[2] - asked[1], 2 * GapTracker::kPauseUs);
  EXPECT_EQ(gaps_.take_given_up().size(), 1U);
  for (; lines < 20; ++lines) {
    gaps_.line_opened(now_);
    const auto block = gaps_.ask(now_);
    if (!block) break;
    gaps_.ended(*block, true, now_);
    EXPECT_FALSE(gaps_.ask(now_ + 60'000'000));
  }
  EXPECT_EQ(lines, 1 + GapTracker::kLastTry - GapTracker::kTries);
  EXPECT_TRUE(gaps_.take_given_up().empty()) << "said once";
  EXPECT_EQ(gaps_.missing_text(), "11");
  EXPECT_EQ(receive(11), Kind::kRecovered) << "it comes after all";
  EXPECT_EQ(gaps_.missing(), 0U);
}

TEST_F(Gaps, ADeafLineIsNoTry) {
  receive(10);
  receive(12);
  for (int i = 0; i < 20; ++i) {
    const auto block = ask_after(60'000'000);
    ASSERT_TRUE(block) << i;
    gaps_.ended(*block, false, now_);
  }
}

TEST_F(Gaps, ManyHolesAreBoundedAndStillCounted) {
  std::uint64_t missing = 0;
  for (std::uint32_t number = 10; number < 4'000; number += 2) {
    receive(number);
    missing = (number - 10) / 2;
  }
  EXPECT_EQ(gaps_.missing(), missing);
  EXPECT_NE(gaps_.missing_text(2).find("3995, 3997 (and "), std::string::npos) << gaps_.missing_text(2);
  EXPECT_LT(gaps_.holes_text().size(), 20U * GapTracker::kMaxRanges);
  GapTracker again;
  EXPECT_TRUE(again.restore(gaps_.last_text(), gaps_.holes_text()));
  EXPECT_EQ(again.missing(), missing);
}

TEST_F(Gaps, IsTheSameAfterARestart) {
  receive(0xFFFF'FFF0);
  gaps_.received(2, 5, now_);
  const auto block = ask_after(GapTracker::kHoleAgeUs);
  gaps_.ended(*block, true, now_);
  GapTracker again;
  ASSERT_TRUE(again.restore(gaps_.last_text(), gaps_.holes_text()));
  EXPECT_EQ(again.last_text(), "2 5");
  EXPECT_EQ(again.holes_text(), gaps_.holes_text());
  EXPECT_EQ(again.missing(), 17U);
  EXPECT_EQ(again.received(0, 6, now_), Kind::kRecovered);
}

TEST_F(Gaps, ForeignTextsChangeNothing) {
  receive(7);
  const std::string last = gaps_.last_text();
  using Texts = std::pair<const char*, const char*>;
  for (const auto& [a, b] : {Texts{"", ""},
                             {"7", "0 0 -"},
                             {"x -", "0 0 -"},
                             {"99999999999 -", "0 0 -"},
                             {"7 -", "0 -"},
                             {"7 -", "0 0 9-10:0:n"},
                             {"7 -", "0 0 5-4:0:n"},
                             {"7 -", "0 0 5:0:n,4:0:n"},
                             {"7 -", "0 0 5:0"}}) {
    EXPECT_FALSE(gaps_.restore(a, b)) << a << " | " << b;
    EXPECT_EQ(gaps_.last_text(), last);
  }
}

// Against a plain set of numbers.
TEST_F(Gaps, RandomHolesAndFillsAgreeWithASet) {
  holeshot::p3::testing::Random random(7);
  for (int round = 0; round < 50; ++round) {
    GapTracker gaps;
    std::set<std::uint32_t> missing;
    std::uint32_t last = 1'000;
    gaps.received(last, kRtc, 0);
    for (int i = 0; i < 400; ++i) {
      now_ += 500'000;
      const std::uint32_t skipped = random.chance(40) ? static_cast<std::uint32_t>(random.below(150)) : 0;
      if (random.chance(50)) {
        for (std::uint32_t n = 1; n <= skipped; ++n) missing.insert(last + n);
        last += skipped + 1;
        gaps.received(last, kRtc + last, now_);
      } else if (!missing.empty()) {
        const auto at = std::next(missing.begin(), static_cast<std::ptrdiff_t>(random.below(missing.size())));
        const Kind kind = gaps.received(*at, kRtc + *at, now_);
        ASSERT_TRUE(kind == Kind::kLate || kind == Kind::kRecovered);
        missing.erase(at);
      }
      if (const auto block = gaps.ask(now_)) {
        ASSERT_LE(block->size(), GapTracker::kBlock);
        ASSERT_TRUE(missing.contains(block->from) && missing.contains(block->until));
        gaps.ended(*block, false, now_);
      }
      ASSERT_EQ(gaps.missing(), missing.size());
      const std::uint32_t probe = 1'000 + static_cast<std::uint32_t>(random.below(last - 999));
      ASSERT_EQ(gaps.complete({probe, probe}), !missing.contains(probe));
    }
  }
}

}  // namespace
}  // namespace holeshot::driver::p3
