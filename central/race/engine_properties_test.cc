// What must hold for any race: seeded, so that a failure can be run again.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <span>

#include "central/race/engine.h"
#include "central/race/race_day_test_kit.h"

namespace holeshot::race {
namespace {

using kit::moto_of;
using kit::one_decoder_moto;
using kit::RaceDay;
using kit::us;

constexpr std::uint64_t kSeeds = 60;

struct Script {
  StageRequest moto;
  std::vector<Passing> passings;  // between gate and finish, in the order of time
};

// A race that every rider finishes, with double reads, strangers and close finishes: steps of 1 ms make ties.
Script any_race(std::uint64_t seed) {
  std::mt19937_64 rng(seed);
  const auto pick = [&](std::uint64_t from, std::uint64_t to) {
    return std::uniform_int_distribution<std::uint64_t>(from, to)(rng);
  };
  const std::size_t riders = pick(1, 8);
  Script script;
  script.moto = pick(0, 2) == 0 ? one_decoder_moto(riders, pick(0, 1) == 0) : moto_of(riders);
  std::uint64_t number = 100;
  const auto cross = [&](std::uint64_t transponder, const std::string& decoder, std::uint64_t ms) {
    script.passings.push_back({.decoder_id = decoder,
                               .transponder_id = transponder,
                               .rtc_time_us = kit::kBaseUs + us(10) + ms * 1000,
                               .passing_number = ++number});
    if (pick(0, 3) == 0) {
      Passing twice = script.passings.back();
      twice.rtc_time_us += pick(1, 400) * 1000;
      twice.passing_number = ++number;
      script.passings.push_back(twice);
    }
  };
  for (std::size_t rider = 1; rider <= riders; ++rider) {
    for (const Loop& loop : script.moto.track.loops) {
      const std::uint64_t base = loop.is_finish ? 38'000 : loop.name == "hill" ? 2000 : 9000;
      // A loop may miss a rider where it stands alone on its decoder; never the finish.
      if (loop.name == "corner" && pick(0, 4) == 0) continue;
      cross(1000 + rider, loop.decoder_id, base + pick(0, 900));
    }
  }
  for (std::uint64_t i = pick(0, 3); i > 0; --i) cross(9000 + i, "D1", pick(1000, 30'000));
  std::ranges::sort(script.passings, {}, &Passing::rtc_time_us);
  return script;
}

RaceDay run(const Script& script) {
  RaceDay day;
  day.stage(script.moto).gate(10);
  for (const Passing& passing : script.passings) day.passing(passing);
  return day;
}

std::vector<std::string> bytes_of(std::span<const RaceEvent> events) {
  std::vector<std::string> bytes;
  for (const auto& event : events) bytes.push_back(to_json(event));
  return bytes;
}

TEST(RaceProperties, TheSameInputsGiveTheSameBytes) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Script script = any_race(seed);
    const RaceDay one = run(script);
    const RaceDay two = run(script);
    EXPECT_EQ(bytes_of(one.events), bytes_of(two.events)) << "seed " << seed;
    EXPECT_EQ(one.engine.snapshot(), two.engine.snapshot()) << "seed " << seed;
  }
}

// What was announced of one rider's passing, piece by piece, is what the whole race comes to.
void expect_told_is_true(const RaceEngine& engine) {
  for (const auto* races : {&engine.state().motos, &engine.state().past}) {
    for (const Race& race : *races) {
      if (race.off) continue;
      Race anew = race;
      anew.told.lines.clear();  // so that the list is sorted from nothing
      View now;
      anew.view(now);
      ASSERT_EQ(race.told.lines, now.lines);
      ASSERT_EQ(race.told.marks, now.marks);
      ASSERT_EQ(race.told.phase, now.phase);
      ASSERT_EQ(race.told.gate, now.gate);
    }
  }
}

TEST(RaceProperties, WhatWasToldIsTrueAfterEveryInput) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::mt19937_64 rng(seed * 31);
    Script script = any_race(seed);
    if (seed % 2 == 0) std::ranges::shuffle(script.passings, rng);
    RaceDay day;
    day.stage(script.moto).gate(10);
    for (const Passing& passing : script.passings) {
      day.passing(passing);
      expect_told_is_true(day.engine);
    }
  }
}

// The rows that positions_update keeps are those that are written anew for whoever joins.
TEST(RaceProperties, PositionsThatAreKeptAreThoseThatAreWrittenAnew) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Script script = any_race(seed);
    RaceDay day;
    day.stage(script.moto).gate(10);
    for (const Passing& passing : script.passings) {
      day.passing(passing);
      const auto update = std::ranges::find(day.last, event_type::kPositionsUpdate, &RaceEvent::event_type);
      if (update == day.last.end()) continue;
      const std::string rows = update->payload.substr(update->payload.find("\"positions\":"));
      ASSERT_NE(day.engine.state_payload().find(rows.substr(0, rows.size() - 1)), std::string::npos)
          << "seed " << seed << ": " << rows;
    }
  }
}

// Looking at the latest times of a race never hides a passing that is after a gate, whatever its clocks show.
TEST(RaceProperties, LatestTimesHideNothing) {
  constexpr std::array<std::uint64_t, 6> kTimes{
      0, kit::kBaseUs, kit::kBaseUs + 5, std::uint64_t{1} << 61U, std::uint64_t{1} << 63U, ~std::uint64_t{0}};
  std::mt19937_64 rng(7);
  const auto any = [&] { return kTimes[rng() % kTimes.size()] + rng() % 3; };
  for (int round = 0; round < 20'000; ++round) {
    Race race{moto_of(2), Rules{.strict_clocks = rng() % 2}, 1};
    race.pulse = Gate{.id = {"D" + std::to_string(1 + rng() % 2), 1, any()}, .captured_at_us = any()};
    if (rng() % 3 == 0) race.pulse->utc_time_us = any();
    ClockBook book;
    if (rng() % 3 == 0) book.same_moment({"D1", 1, any()}, {"D2", 2, any()});
    Moto other{moto_of(1), Rules{}};
    for (std::uint64_t i = 0; i < 3; ++i) {
      Hit hit{.passing = {.decoder_id = "D" + std::to_string(1 + rng() % 2),
                          .rtc_time_us = any(),
                          .captured_at_us = any(),
                          .passing_number = i}};
      if (rng() % 3 == 0) hit.passing.utc_time_us = any();
      other.add_hit(0, hit);
    }
    const bool after = std::ranges::any_of(
        other.hits(0), [&](const Hit& hit) { return race.time_of(hit.passing, book).has_value(); });
    const bool may = std::ranges::any_of(
        other.latest(), [&](const Passing& latest) { return race.may_follow(latest, book); });
    ASSERT_TRUE(may || !after) << "round " << round;
  }
}

TEST(RaceProperties, EveryRaceOfTheScriptsEndsByItself) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const RaceDay day = run(any_race(seed));
    EXPECT_TRUE(day.says("race_finished", R"("cause":"all_finished")")) << "seed " << seed;
    EXPECT_EQ(day.result().find_first_of("*-"), std::string::npos) << "seed " << seed;
  }
}

TEST(RaceProperties, AnyDuplicationGivesTheSameResult) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::mt19937_64 rng(seed * 7919);
    Script script = any_race(seed);
    const std::string expected = run(script).the("race_finished").payload;
    ASSERT_FALSE(expected.empty());
    const auto original = script.passings;
    for (const Passing& passing : original) {
      for (std::uint64_t copies = rng() % 3; copies > 0; --copies) {
        const auto after = std::ranges::find(script.passings, passing) - script.passings.begin();
        const auto room = static_cast<std::uint64_t>(std::ssize(script.passings) - after);
        script.passings.insert(
            script.passings.begin() + after + static_cast<std::ptrdiff_t>(rng() % room) + 1, passing);
      }
    }
    EXPECT_EQ(run(script).the("race_finished").payload, expected) << "seed " << seed;
  }
}

TEST(RaceProperties, AnyOrderOfArrivalGivesTheSameResult) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    std::mt19937_64 rng(seed * 104'729);
    Script script = any_race(seed);
    const RaceDay in_time = run(script);
    for (int round = 0; round < 3; ++round) {
      std::ranges::shuffle(script.passings, rng);
      const RaceDay shuffled = run(script);
      EXPECT_EQ(shuffled.result(), in_time.result()) << "seed " << seed;
      EXPECT_EQ(shuffled.race("m1").lines(), in_time.race("m1").lines()) << "seed " << seed;
      // What was said last is what is true, however often it had to be corrected.
      const std::string& said = shuffled.the("race_finished").payload;
      const std::string& told = in_time.the("race_finished").payload;
      EXPECT_EQ(said.substr(said.find("\"results\"")), told.substr(told.find("\"results\"")))
          << "seed " << seed;
    }
  }
}

TEST(RaceProperties, AnyInterleavingOfTracksGivesEachItsOwnBytes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::mt19937_64 rng(seed);
    const std::array<RaceDay, 2> alone{run(any_race(seed)), run(any_race(seed + 1000))};
    std::array<RaceDay, 2> together;
    std::array<std::size_t, 2> next{};
    while (next[0] < alone[0].inputs.size() || next[1] < alone[1].inputs.size()) {
      const std::size_t track = next[0] == alone[0].inputs.size()   ? 1
                                : next[1] == alone[1].inputs.size() ? 0
                                                                    : rng() % 2;
      together[track].put(alone[track].inputs[next[track]++]);
    }
    for (const std::size_t track : {0U, 1U})
      ASSERT_EQ(bytes_of(together[track].events), bytes_of(alone[track].events)) << "seed " << seed;
  }
}

TEST(RaceProperties, AGatePulseThatComesInAtAnyPlaceGivesTheSameResult) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Script script = any_race(seed);
    const RaceDay in_time = run(script);
    // After the hill the start was estimated; the pulse puts it right. After the finish nobody waits for it.
    for (std::size_t late = 0; late <= std::min<std::size_t>(script.passings.size(), 12); ++late) {
      RaceDay day;
      day.stage(script.moto);
      for (std::size_t i = 0; i < late; ++i) day.passing(script.passings[i]);
      day.gate(10);
      for (std::size_t i = late; i < script.passings.size(); ++i) day.passing(script.passings[i]);
      ASSERT_EQ(day.race("m1").lines(), in_time.race("m1").lines()) << "seed " << seed << ", after " << late;
    }
  }
}

TEST(RaceProperties, RestoringAtAnyPointIsAsIfItHadNeverStopped) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    RaceDay day;
    day.seen(1001, "D1", 1).stage(moto_of(8)).seen(1002, "D1", 11);
    const Script script = any_race(seed);
    day.stage(script.moto).gate(10);
    for (const Passing& passing : script.passings) day.passing(passing);
    day.intent({.kind = Intent::Kind::kAlert,
                .type = "alert",
                .alert_id = "a",
                .alert_level = "info",
                .alert_text = "x"});
    day.stage(2).gate(100).pass(1, "hill", 2).force_finish().pass(2, "finish", 50).reset();
    day.stage(3).seen(1002, "D1", 202).seen(1003, "D1", 199).gate(200).again();
    const auto expected = bytes_of(day.events);
    for (std::size_t stop = 0; stop <= day.inputs.size(); ++stop) {
      RaceEngine first(day.engine.state().track);
      EventList events;
      std::uint64_t position = 0;
      for (std::size_t i = 0; i < stop; ++i) first.apply(++position, day.inputs[i], events);
      RaceEngine second = value_or_die(RaceEngine::restore(first.snapshot()));
      EXPECT_EQ(second.snapshot(), first.snapshot());
      for (std::size_t i = stop; i < day.inputs.size(); ++i) second.apply(++position, day.inputs[i], events);
      ASSERT_EQ(bytes_of(events), expected) << "seed " << seed << ", stopped after " << stop;
      ASSERT_EQ(second.snapshot(), day.engine.snapshot());
    }
  }
}

}  // namespace
}  // namespace holeshot::race
