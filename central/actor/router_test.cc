#include "central/actor/router.h"

#include <gtest/gtest.h>

#include "central/actor/actor_test_kit.h"
#include "central/actor/replay.h"

namespace holeshot::actor {
namespace {

using kit::Central;
using kit::eventually;
using kit::kEventsOfRace;
using kit::TestLog;
using kit::Track;

TEST(Router, DerivesARaceFromTheLogAndTellsItInOrder) {
  TestLog log;
  Central central(log);
  ASSERT_TRUE(eventually([&] { return central.router.caught_up(); }));
  Track track(log, "t1");
  track.race("m1", 10'000);
  ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  EXPECT_EQ(central.sink.told(), log.bodies(contract::events_subject(track.id)));
  EXPECT_EQ(central.router.state(track.id)->phase, "finished");
  EXPECT_EQ(central.router.state(track.id)->moto_id, "m1");
  EXPECT_NE(central.sink.rows().find("\"loop_name\":\"hill\""), std::string::npos);
  EXPECT_EQ(central.sink.records(), 5U);
  EXPECT_EQ(central.watch.said(), (std::vector<std::string>{"running t1 m1 90000000", "over t1"}));
}

TEST(Router, ARestartStoresAndTellsNothingTwice) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  track.race("m2", 100'000);
  std::vector<std::string> stored;
  std::string snapshot;
  {
    Central first(log);
    ASSERT_TRUE(first.settle("t1", 2 * kEventsOfRace));
    stored = log.bodies(contract::events_subject(track.id));
    EXPECT_EQ(first.sink.told(), stored);
    snapshot = first.router.state(track.id)->snapshot;
  }
  Central second(log);
  ASSERT_TRUE(second.settle("t1", 2 * kEventsOfRace));
  EXPECT_TRUE(second.sink.told().empty());
  EXPECT_EQ(second.sink.bare(), 1U);
  EXPECT_EQ(second.sink.records(), 0U);
  EXPECT_EQ(second.router.state(track.id)->snapshot, snapshot);
  track.intent("reset");
  ASSERT_TRUE(second.settle("t1", 2 * kEventsOfRace + 2));
  EXPECT_EQ(second.sink.told().size(), 2U);
  EXPECT_EQ(second.metric("holeshot_actor_nondeterminism_total"), 0);
}

TEST(Router, WhatACrashLeftUnderivedIsStoredAndToldAfterTheRestart) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  {
    Central first(log);
    ASSERT_TRUE(first.settle("t1", kEventsOfRace));
    log.refusing = true;
    track.race("m2", 100'000);
    ASSERT_TRUE(eventually([&] { return log.refused > 0; }));
  }
  log.refusing = false;
  Central second(log);
  ASSERT_TRUE(second.settle("t1", 2 * kEventsOfRace));
  EXPECT_EQ(second.sink.told().size(), kEventsOfRace);
  EXPECT_TRUE(base::value_or_die(verify(log, track.id)).identical());
}

TEST(Router, ALogThatRefusesForAWhileLosesNothing) {
  TestLog log;
  Central central(log);
  Track track(log, "t1");
  log.refusing = true;
  track.race("m1", 10'000);
  ASSERT_TRUE(eventually([&] { return log.refused > 1; }));
  log.refusing = false;
  ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  EXPECT_GE(central.metric("holeshot_actor_append_failures_total"), 2);
  EXPECT_EQ(central.sink.told(), log.bodies(contract::events_subject(track.id)));
}

TEST(Router, APoisonEventGoesToTheDeadLettersOnceAndItsNeighboursGoOn) {
  TestLog log;
  Track track(log, "t1");
  track.stage(2);
  track.raw(R"({"event_id":"x","captured_at_us":1,"message_type":"PASSING","payload":{"rtc_time_us":-1}})");
  track.raw(R"({"event_id":"x","captured_at_us":1,"message_type":"VERSION","payload":{}})");
  track.gate(10'000);
  const auto letters = [&] { return log.bodies(contract::dlq_subject("race")); };
  for (int start = 0; start < 2; ++start) {
    Central central(log);
    ASSERT_TRUE(central.settle("t1", 3));
    ASSERT_TRUE(eventually([&] { return letters().size() == 1; }));
    EXPECT_NE(letters()[0].find("rtc_time_us is not a number"), std::string::npos);
    EXPECT_EQ(central.worker("t1").dead_letters, 1U);
  }
}

// The log tells of an event's subject before the event can be read: an actor that was woken in between found nothing.
TEST(Router, AnEventThatCouldNotBeReadYetWhenItsActorWasWokenIsReadAllTheSame) {
  TestLog log;
  Track track(log, "t1");
  track.stage(2);
  Central central(log);
  ASSERT_TRUE(central.settle("t1", 2));
  ASSERT_TRUE(central.idle("t1"));
  log.hold_end();
  track.gate(10'000);
  // Router and actor have both looked again, and have seen nothing that they could read.
  const std::uint64_t asked = log.asked_for_last;
  ASSERT_TRUE(eventually([&] { return log.asked_for_last >= asked + 6; }));
  EXPECT_EQ(central.derived("t1").size(), 2U);
  log.let_go();
  ASSERT_TRUE(central.settle("t1", 3));
}

TEST(Router, TracksDoNotMix) {
  TestLog log;
  Central central(log);
  std::vector<std::unique_ptr<Track>> tracks;
  for (const char* name : {"t1", "t2", "t3"}) tracks.push_back(std::make_unique<Track>(log, name));
  for (std::uint64_t moto = 1; moto <= 5; ++moto) {
    for (auto& track : tracks) track->race("m" + std::to_string(moto), moto * 100'000);
  }
  for (const auto& track : tracks) {
    ASSERT_TRUE(central.settle(track->id.str(), 5 * kEventsOfRace));
    EXPECT_TRUE(base::value_or_die(verify(log, track->id)).identical());
  }
  EXPECT_EQ(central.router.tracks().size(), 3U);
}

TEST(Router, AnEventThatDiffersFromTheStoredOneIsCountedAndKeptAsItWas) {
  TestLog log;
  Track track(log, "t1");
  Central central(log);
  track.stage(2);
  ASSERT_TRUE(central.settle("t1", 2));
  const std::vector<log::NewEvent> foreign{
      {contract::events_subject(track.id), base::value_or_die(contract::ClientId::parse("engine", "c")),
       base::value_or_die(contract::BootId::parse("race-v3", "b")), 3, R"({"other":1})"}};
  (void)base::value_or_die(log.append(foreign));
  track.gate(10'000);
  EXPECT_TRUE(eventually([&] { return central.metric("holeshot_actor_nondeterminism_total") == 1; }));
  EXPECT_EQ(log.bodies(contract::events_subject(track.id)).back(), R"({"other":1})");
  const auto report = base::value_or_die(verify(log, track.id));
  EXPECT_FALSE(report.identical());
}

TEST(Router, ARaceThatWasRunningAtTheRestartIsWatchedAgain) {
  TestLog log;
  Track track(log, "t1");
  track.stage(2, "m7");
  track.gate(10'000);
  {
    Central first(log);
    ASSERT_TRUE(first.settle("t1", 3));
  }
  Central second(log);
  EXPECT_TRUE(
      eventually([&] { return second.watch.said() == std::vector<std::string>{"running t1 m7 90000000"}; }));
}

}  // namespace
}  // namespace holeshot::actor
