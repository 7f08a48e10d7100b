#include "tools/load/ledger.h"

#include <gtest/gtest.h>

namespace holeshot::load {
namespace {

Glance tick(std::uint64_t seq, std::uint16_t index, Sort sort = Sort::kDelta, std::string_view moto = "m") {
  Glance glance;
  glance.sort = sort;
  glance.seq = seq;
  glance.tick_index = index;
  glance.moto_id = moto;
  return glance;
}

Glance event(std::uint64_t seq) {
  Glance glance;
  glance.seq = seq;
  return glance;
}

TEST(Ledger, CallsAHoleByWhatAnotherViewerSawThere) {
  Ledger ledger;
  ledger.saw(tick(1, 0, Sort::kKeyframe));
  ledger.missed(2, 3, false);  // before anybody told what they were
  ledger.saw(tick(2, 1));
  ledger.saw(event(3));
  ledger.saw(tick(4, 2));
  const Losses losses = ledger.losses();
  EXPECT_EQ(losses.skipped_deltas, 1U);
  EXPECT_EQ(losses.lost_protected, 1U);
  EXPECT_EQ(losses.lost_unexplained, 0U);
  EXPECT_EQ(losses.first_lost, 3U);
}

TEST(Ledger, CountsTheTicksBeforeANewcomersKeyframeAsNoLoss) {
  Ledger ledger;
  ledger.saw(tick(10, 5, Sort::kKeyframe));
  ledger.saw(tick(11, 6));
  ledger.saw(event(12));
  ledger.saw(tick(13, 7, Sort::kKeyframe));
  ledger.missed(10, 11, true);
  EXPECT_EQ(ledger.losses().before_keyframe, 2U);
  EXPECT_EQ(ledger.losses().lost(), 0U);
  ledger.missed(12, 12, true);
  EXPECT_EQ(ledger.losses().lost_protected, 1U) << "a newcomer too is sent every event after its snapshot";
  ledger.missed(13, 13, false);
  EXPECT_EQ(ledger.losses().lost_protected, 2U) << "and whoever watches, every keyframe";
}

TEST(Ledger, KnowsATickThatNobodyGotByTheTicksOwnCount) {
  Ledger ledger;
  ledger.saw(tick(1, 65'534));
  ledger.missed(2, 3, false);
  ledger.missed(2, 3, false);
  ledger.saw(tick(4, 1));  // over the end of 16 bits: 65535 and 0 are between
  EXPECT_EQ(ledger.losses().thinned_ticks, 4U);
  EXPECT_EQ(ledger.losses().lost(), 0U);
}

TEST(Ledger, CallsWhatNoCountExplainsLost) {
  Ledger ledger;
  ledger.saw(tick(1, 0));
  ledger.missed(2, 3, false);
  ledger.saw(tick(4, 2));  // one tick is between, but two numbers
  EXPECT_EQ(ledger.losses().thinned_ticks, 1U);
  EXPECT_EQ(ledger.losses().lost_unexplained, 1U);
  EXPECT_EQ(ledger.losses().first_lost, 2U);
}

TEST(Ledger, ToldOfTwoMotosCountsEachByItself) {
  Ledger ledger;
  ledger.saw(tick(1, 10, Sort::kDelta, "m"));
  ledger.saw(tick(2, 90, Sort::kDelta, "n"));
  ledger.missed(3, 4, false);
  ledger.saw(tick(5, 12, Sort::kDelta, "m"));
  ledger.saw(tick(6, 92, Sort::kDelta, "n"));
  EXPECT_EQ(ledger.losses().thinned_ticks, 2U);
  EXPECT_EQ(ledger.losses().lost(), 0U);
}

TEST(Ledger, LetsNoStretchWithoutViewersExplainALoss) {
  Ledger ledger;
  ledger.saw(tick(1, 0));
  ledger.saw(tick(50, 40));      // nobody waited for 2 to 49
  ledger.missed(51, 51, false);  // and this one somebody did
  ledger.saw(tick(52, 41));
  EXPECT_EQ(ledger.losses().lost_unexplained, 1U);
}

TEST(Ledger, ForgetsNothingThatItHasToJudge) {
  Ledger ledger;
  std::uint64_t seq = 1;
  for (; seq <= 3 * Ledger::kWindow; ++seq) {
    ledger.saw(seq % 100 == 0 ? event(seq) : tick(seq, static_cast<std::uint16_t>(seq)));
    if (seq % 50 == 0) ledger.missed(seq, seq, false);
  }
  EXPECT_EQ(ledger.losses().lost_protected, 3 * Ledger::kWindow / 100);
  EXPECT_EQ(ledger.losses().skipped_deltas, 3 * Ledger::kWindow / 50 - 3 * Ledger::kWindow / 100);
}

TEST(Ledger, JudgesAnEpochWhenTheNextBegins) {
  Ledger ledger;
  ledger.saw(event(7));
  ledger.missed(7, 7, false);
  ledger.new_epoch();
  ledger.saw(event(1));
  EXPECT_EQ(ledger.losses().lost_protected, 1U);
}

TEST(Ledger, StaysBoundedWhateverNumbersCome) {
  Ledger ledger;
  ledger.saw(event(1));
  ledger.missed(2, ~std::uint64_t{0} - 2, false);
  ledger.saw(event(~std::uint64_t{0} - 1));
  ledger.saw(event((std::uint64_t{1} << 53U) - 1));
  ledger.saw(event(5));
  EXPECT_GT(ledger.losses().lost(), 0U);
}

}  // namespace
}  // namespace holeshot::load
