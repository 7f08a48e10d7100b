#include "central/race/clocks.h"

#include <gtest/gtest.h>

#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::kBaseUs;
using kit::moto_of;
using kit::RaceDay;
using kit::us;
using kit::Words;

StageRequest strict_moto(std::size_t riders) {
  StageRequest request = moto_of(riders);
  request.rule_book = "uci";
  request.rules = {{"hill_start_riders", 8}};
  return request;
}

// At `at` seconds of true time, from a decoder whose clock is `ahead` seconds ahead.
Passing at(std::uint64_t transponder, const char* decoder, double seconds, double ahead,
           std::uint64_t number) {
  return {.decoder_id = decoder,
          .transponder_id = transponder,
          .rtc_time_us = kBaseUs + us(seconds + ahead),
          .captured_at_us = kBaseUs + us(seconds + 0.02),
          .passing_number = number};
}
RaceDay& put(RaceDay& day, const Passing& passing) {
  return day.put({.ts_us = passing.captured_at_us, .what = passing});
}
RaceDay& read(RaceDay& day, const char* decoder, double seconds, double ahead) {
  return day.put(
      {.ts_us = 1,
       .what = ClockReading{decoder, kBaseUs + us(seconds + ahead), kBaseUs + us(seconds + 0.001), "gw:1"}});
}

TEST(Clocks, TimesOfTwoClocksThatNobodyComparedAreNotSubtracted) {
  RaceDay day;
  day.stage(strict_moto(2));
  put(day, at(9992, "D1", 10, 0, 1));
  put(day, at(1001, "D1", 12, 0, 2));
  EXPECT_FALSE(day.says("split_time", "unsynchronised"));
  put(day, at(1001, "D3", 45.5, 1, 3));
  EXPECT_TRUE(day.says("split_time", R"("elapsed_us":null)"));
  EXPECT_TRUE(day.says("split_time", R"("unsynchronised":true)"));
  put(day, at(1002, "D3", 45, 1, 4));
  EXPECT_EQ(day.result(), "r2 r1") << "the finish order is of one clock and stands";
  EXPECT_TRUE(day.says("race_finished", R"("elapsed_us":null)"));
  EXPECT_TRUE(day.says("race_finished", R"("gap_to_leader_us":500000)"));
}

TEST(Clocks, ReadingsGiveTheOffsetOfClocksOneSecondApart) {
  RaceDay day;
  for (const double t : {1.0, 31.0}) read(read(day, "D1", t, 0), "D3", t, 1);
  day.stage(strict_moto(1));
  put(day, at(9992, "D1", 40, 0, 1));
  put(day, at(1001, "D3", 75, 1, 2));
  EXPECT_EQ(day.moto().crossing(0, 2), us(35));
  EXPECT_FALSE(day.says("race_finished", "unsynchronised"));
}

TEST(Clocks, AClockThatWasSetIsNotComparedByWhatItShowedBefore) {
  RaceDay day;
  for (const double t : {1.0, 31.0}) read(read(day, "D1", t, 0), "D3", t, 1);
  read(day, "D3", 35, 3600);
  day.stage(strict_moto(1));
  put(day, at(9992, "D1", 40, 0, 1));
  put(day, at(1001, "D3", 75, 3600, 2));
  EXPECT_TRUE(day.says("race_finished", R"("unsynchronised":true)"));
}

TEST(Clocks, APulseThatTwoDecodersSawGivesTheOffset) {
  StageRequest request = strict_moto(1);
  request.track.gate_decoder_ids.clear();
  RaceDay day;
  day.stage(request);
  put(day, at(9992, "D1", 10, 0, 1));
  EXPECT_EQ(put(day, at(9992, "D3", 10, 1, 1)).said(), Words{"passing_flagged:shared_gate"});
  put(day, at(1001, "D3", 45, 1, 2));
  EXPECT_EQ(day.moto().crossing(0, 2), us(35));
  EXPECT_TRUE(day.says("race_finished", R"("elapsed_us":35000000)"));
}

TEST(Clocks, DifferencesWithinTheToleranceAreOneClock) {
  ClockBook book;
  for (std::uint64_t t = 1; t <= 2; ++t) {
    book.read({"A", t * 1000000, t * 1000000, "gw"});
    book.read({"B", t * 1000000 + 5000, t * 1000000, "gw"});
    book.read({"C", t * 1000000 + 5000, t * 1000000, "other"});
  }
  const ClockAnswer same = book.between("A", {.decoder_id = "B"}, Rules{});
  EXPECT_EQ(same.state, ClockState::kKnown);
  EXPECT_EQ(same.shift_us, 0);
  EXPECT_EQ(book.between("A", {.decoder_id = "C"}, Rules{}).state, ClockState::kAssumed)
      << "read by another gateway";
}

}  // namespace
}  // namespace holeshot::race
