// No track holds another up: not one that is flooded, not one that is poisoned, not one that was away for a day, and not
// one that hangs. Counted in turns, never in seconds.
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "central/actor/actor_test_kit.h"
#include "central/actor/replay.h"

namespace holeshot::actor {
namespace {

using base::value_or_die;
using kit::Central;
using kit::eventually;
using kit::flood;
using kit::kEventsOfRace;
using kit::TestLog;
using kit::Track;

worker::WorkerPolicy quick() {
  return {.kind = "race",
          .ack_deadline = std::chrono::seconds{10},
          .max_deliver = 3,
          .retry_pause = std::chrono::milliseconds{1},
          .longest_pause = std::chrono::milliseconds{2}};
}
bool is_of(const log::Event& event, const std::string& track) {
  return event.subject == contract::raw_subject(kit::track_id(track));
}
std::vector<nlohmann::json> letters(TestLog& log) {
  std::vector<nlohmann::json> all;
  for (const auto& body : log.bodies(contract::dlq_subject("race")))
    all.push_back(nlohmann::json::parse(body));
  return all;
}

constexpr const char* kPoison =
    R"({"event_id":"x","captured_at_us":1,"message_type":"PASSING","payload":{"rtc_time_us":-1}})";

TEST(Isolation, AFloodAndAPoisonedTrackCostTheOthersABoundedNumberOfTurns) {
  constexpr std::uint64_t kRaces = 6;
  constexpr std::uint64_t kFloodPerInput = 100;
  TestLog log;
  // One thread, so that a turn of one track is really one that the others wait for.
  Central central(log, {.policy = quick()}, 1);
  std::vector<std::unique_ptr<Track>> normal;
  for (const char* name : {"n1", "n2", "n3"}) normal.push_back(std::make_unique<Track>(log, name));
  Track poisoned(log, "poison");
  std::uint64_t flooded = 0;
  for (std::uint64_t race = 1; race <= kRaces; ++race) {
    for (auto& track : normal) {
      track->race("m" + std::to_string(race), race * 100'000);
      flood(log, "flood", flooded + 1, 6 * kFloodPerInput);
      flooded += 6 * kFloodPerInput;
    }
    poisoned.raw(kPoison);
    poisoned.race("m" + std::to_string(race), race * 100'000);
    poisoned.raw(kPoison);
  }
  for (const char* name : {"n1", "n2", "n3", "poison"}) {
    ASSERT_TRUE(eventually([&] { return central.derived(name).size() == kRaces * kEventsOfRace; })) << name;
    EXPECT_TRUE(value_or_die(verify(log, kit::track_id(name))).identical()) << name;
  }
  // Five tracks: one turn of each other, and one of those that catch up.
  EXPECT_LE(central.executor.stats().longest_wait, 5U);
  // The last letter comes after the race before it.
  ASSERT_TRUE(eventually([&] { return letters(log).size() == 2 * kRaces; }));
  ASSERT_TRUE(eventually([&] { return central.worker("flood").deliveries == flooded; }));
  EXPECT_EQ(central.worker("flood").lag, 0U);
  EXPECT_TRUE(value_or_die(verify(log, kit::track_id("flood"))).identical());
}

TEST(Isolation, OneThatWasAwayForADayCatchesUpBehindThoseThatAreLive) {
  constexpr std::uint64_t kBacklog = 15'000;
  TestLog log;
  for (std::uint64_t at = 0; at < kBacklog; at += 5'000) flood(log, "away", at + 1, 5'000);
  Central central(log, {}, 1);
  Track live(log, "live");
  std::uint64_t away_when_told = kBacklog;
  for (std::uint64_t race = 1; race <= 5; ++race) {
    live.race("m" + std::to_string(race), race * 100'000);
    ASSERT_TRUE(eventually([&] { return central.derived("live").size() == race * kEventsOfRace; }));
    if (race == 1) away_when_told = central.worker("away").deliveries;
  }
  EXPECT_LT(away_when_told, kBacklog) << "the live one did not wait for the end of the backlog";
  EXPECT_LE(central.executor.stats().longest_wait, 2U);
  EXPECT_FALSE(central.sink.told().empty());
  ASSERT_TRUE(eventually([&] { return central.worker("away").deliveries == kBacklog; }));
  ASSERT_TRUE(central.idle("away"));
  EXPECT_EQ(central.derived("away").size(), kBacklog);
  EXPECT_GT(central.executor.stats().catch_up_turns, kBacklog / kInputsPerTurn - 2);
}

TEST(Isolation, ATurnEndsWithItsBytesHoweverFewEventsTheyAre) {
  constexpr std::uint64_t kLarge = 20;
  TestLog log;
  Track track(log, "t1");
  for (std::uint64_t i = 0; i < kLarge; ++i) {
    track.raw(R"({"captured_at_us":1,"event_id":"v","message_type":"VERSION","payload":{"text":")" +
              std::string(kBytesPerTurn / 2, 'x') + "\"}}");
  }
  Central central(log, {}, 1);
  ASSERT_TRUE(central.idle("t1"));
  EXPECT_EQ(central.worker("t1").deliveries, kLarge);
  EXPECT_GE(central.executor.stats().turns, kLarge / 3);
}

TEST(Isolation, AnEventThatKeepsFailingIsGivenUpAfterItsTriesAndHoldsUpItsOwnTrackOnly) {
  TestLog log;
  std::atomic<int> tries = 0;
  std::atomic<bool> healed = false;
  RouterOptions options{
      .policy = quick(),
      .read = [&](const contract::TrackId& track, const log::Event& event) -> base::Result<race::Input> {
        if (is_of(event, "sick") && event.seq == 2 && !healed) {
          ++tries;
          return base::fail(base::Code::kRetry, "read input: not now");
        }
        return read_input(track, event);
      }};
  options.policy.max_deliver = 500;
  Central central(log, options, 1);
  Track sick(log, "sick");
  Track well(log, "well");
  sick.race("m1", 10'000);
  ASSERT_TRUE(eventually([&] { return tries > 1; }));
  well.race("m1", 10'000);
  ASSERT_TRUE(eventually([&] { return central.derived("well").size() == kEventsOfRace; }));
  ASSERT_TRUE(eventually([&] { return letters(log).size() == 1; }));
  EXPECT_EQ(tries, 500);
  const auto letter = letters(log)[0];
  EXPECT_EQ(letter["attempts"], 500);
  EXPECT_EQ(letter["code"], "retry");
  EXPECT_EQ(letter["reason"], "read input: not now");
  EXPECT_EQ(letter["subject"], contract::raw_subject(sick.id));
  EXPECT_EQ(letter["client_id"], "gateway");
  EXPECT_EQ(letter["seq"], 2);
  EXPECT_EQ(letter["body"], log.bodies(contract::raw_subject(sick.id))[1]);
  ASSERT_TRUE(central.idle("sick"));
  EXPECT_EQ(central.worker("sick").deliveries, 6U);
  EXPECT_EQ(central.worker("sick").retries, 499U);
  EXPECT_EQ(central.worker("sick").dead_letters, 1U);
  EXPECT_EQ(central.worker("well").retries, 0U);
  EXPECT_GT(central.derived("sick").size(), 2U) << "what came after it was raced";
}

TEST(Isolation, WhatPassesByItselfLeavesNoTrace) {
  TestLog log;
  std::atomic<int> failures = 2;
  RouterOptions options{
      .policy = quick(),
      .read = [&](const contract::TrackId& track, const log::Event& event) -> base::Result<race::Input> {
        if (event.seq == 3 && failures-- > 0) return base::fail(base::Code::kRetry, "read input: not now");
        return read_input(track, event);
      }};
  Central central(log, options);
  Track track(log, "t1");
  track.race("m1", 10'000);
  ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  EXPECT_TRUE(letters(log).empty());
  EXPECT_EQ(central.worker("t1").retries, 2U);
  EXPECT_TRUE(value_or_die(verify(log, track.id)).identical());
}

TEST(Isolation, WhileTheLogRefusesOneTrackNothingIsGivenUpAndTheOthersGoOn) {
  TestLog log;
  log.refused_prefix = contract::events_subject(kit::track_id("held"));
  log.refusing = true;
  RouterOptions options{.policy = quick()};
  options.policy.max_deliver = 1;
  Central central(log, options, 1);
  Track held(log, "held");
  Track free(log, "free");
  held.race("m1", 10'000);
  held.raw(kPoison);
  ASSERT_TRUE(eventually([&] { return log.refused > 1; }));
  free.race("m1", 10'000);
  ASSERT_TRUE(eventually([&] { return central.derived("free").size() == kEventsOfRace; }));
  EXPECT_TRUE(letters(log).empty());
  EXPECT_EQ(central.worker("held").state, worker::WorkerState::kWaiting);
  EXPECT_NE(central.worker("held").last_error.find("refused by the test"), std::string::npos);
  log.refusing = false;
  ASSERT_TRUE(eventually([&] { return central.derived("held").size() == kEventsOfRace; }));
  ASSERT_TRUE(eventually([&] { return letters(log).size() == 1; }));
  EXPECT_TRUE(value_or_die(verify(log, held.id)).identical());
}

TEST(Isolation, OneThatHangsIsSeenAndTheOthersGoOn) {
  TestLog log;
  std::atomic<bool> hang = true;
  RouterOptions options{.policy = quick(),
                        .read = [&](const contract::TrackId& track, const log::Event& event) {
                          while (is_of(event, "stuck") && hang) std::this_thread::yield();
                          return read_input(track, event);
                        }};
  Central central(log, options, 2);
  Track stuck(log, "stuck");
  Track well(log, "well");
  stuck.gate(10'000);
  const auto is_stuck = [&] { return central.worker("stuck").state == worker::WorkerState::kStuck; };
  ASSERT_TRUE(eventually([&] {
    log.clock.advance_us(10'000'001);
    central.supervisor.check();
    return is_stuck();
  }));
  EXPECT_FALSE(central.supervisor.ready());
  well.race("m1", 10'000);
  ASSERT_TRUE(eventually([&] { return central.derived("well").size() == kEventsOfRace; }));
  log.clock.advance_us(40'000'000);
  EXPECT_FALSE(central.supervisor.healthy());
  EXPECT_EQ(central.worker("stuck").overdue, 1U);
  EXPECT_EQ(central.worker("stuck").lag > 0, true);
  hang = false;
  ASSERT_TRUE(eventually([&] { return central.derived("stuck").size() == 1; }));
  ASSERT_TRUE(eventually([&] { return central.supervisor.ready().has_value(); }));
  EXPECT_TRUE(central.supervisor.healthy());
}

}  // namespace
}  // namespace holeshot::actor
