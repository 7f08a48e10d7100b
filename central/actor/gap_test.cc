// Inputs that were removed before they were applied: never silent, and no number is given twice.
#include <gtest/gtest.h>

#include <algorithm>

#include "central/actor/actor_test_kit.h"
#include "central/actor/replay.h"

namespace holeshot::actor {
namespace {

using base::value_or_die;
using kit::Central;
using kit::eventually;
using kit::kEventsOfRace;
using kit::TestLog;
using kit::Track;

std::vector<std::uint64_t> ordinals(TestLog& log, const contract::TrackId& track) {
  std::vector<std::uint64_t> all;
  for (const auto& event : log.events(contract::events_subject(track))) all.push_back(event.seq);
  return all;
}
std::vector<std::uint64_t> one_to(std::uint64_t last) {
  std::vector<std::uint64_t> all;
  for (std::uint64_t n = 1; n <= last; ++n) all.push_back(n);
  return all;
}
void remove_inputs(TestLog& log, const contract::TrackId& track, log::Offset through) {
  for (const auto& subject : input_subjects(track)) log.remove(subject, through);
}
std::size_t count(TestLog& log, const contract::TrackId& track, const std::string& what) {
  return static_cast<std::size_t>(
      std::ranges::count_if(log.bodies(contract::events_subject(track)),
                            [&](const auto& body) { return body.find(what) != std::string::npos; }));
}

// A day with a checkpoint after its first race; then central is away, and retention is not.
TEST(Gap, WhatWasRemovedWhileCentralWasAwayIsSaidAndTheNumbersGoOn) {
  TestLog log;
  Track track(log, "t1");
  {
    Central central(log, {.checkpoint_inputs = 6});
    track.race("m1", 10'000);
    ASSERT_TRUE(central.settle("t1", kEventsOfRace));
    ASSERT_TRUE(central.idle("t1"));
  }
  track.race("m2", 100'000);
  const log::Offset removed = log.last();
  track.race("m3", 200'000);
  remove_inputs(log, track.id, removed);
  Central central(log, {.checkpoint_inputs = 1'000'000});
  ASSERT_TRUE(central.settle("t1", 2 * kEventsOfRace));
  EXPECT_EQ(central.worker("t1").gaps, 1U);
  EXPECT_NE(central.worker("t1").last_error.find("retention removed them"), std::string::npos);
  EXPECT_EQ(ordinals(log, track.id), one_to(2 * kEventsOfRace));
  EXPECT_EQ(central.metric("holeshot_actor_nondeterminism_total"), 0);
  EXPECT_EQ(count(log, track.id, "\"moto_id\":\"m2\""), 0U);
  EXPECT_EQ(central.sink.told().size(), kEventsOfRace);
  EXPECT_EQ(central.router.state(track.id)->moto_id, "m3");
}

// Without any checkpoint: what is left of the inputs gave its events already, under other numbers.
TEST(Gap, InputsThatAreLeftAndGaveTheirEventsBeforeGiveThemNoSecondTime) {
  TestLog log;
  Track track(log, "t1");
  {
    Central central(log);
    track.race("m1", 10'000);
    track.race("m2", 100'000);
    ASSERT_TRUE(central.settle("t1", 2 * kEventsOfRace));
  }
  const auto before = log.bodies(contract::events_subject(track.id));
  const auto inputs = value_or_die(log.read({.subjects = input_subjects(track.id)}));
  remove_inputs(log, track.id, inputs[5].offset);  // all of m1
  {
    Central central(log);
    ASSERT_TRUE(central.idle("t1"));
    EXPECT_EQ(central.worker("t1").gaps, 1U);
    EXPECT_TRUE(central.sink.told().empty());
    EXPECT_EQ(log.bodies(contract::events_subject(track.id)), before);
    EXPECT_EQ(central.router.state(track.id)->moto_id, "m2");
    track.race("m3", 200'000);
    ASSERT_TRUE(central.settle("t1", 3 * kEventsOfRace));
    EXPECT_EQ(central.sink.told().size(), kEventsOfRace);
    EXPECT_EQ(central.metric("holeshot_actor_nondeterminism_total"), 0);
  }
  EXPECT_EQ(ordinals(log, track.id), one_to(3 * kEventsOfRace));
}

TEST(Gap, AfterItACheckpointIsLeftFromWhichTheRestIsProven) {
  TestLog log;
  Track track(log, "t1");
  {
    Central central(log);
    track.race("m1", 10'000);
    ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  }
  const log::Offset removed = log.last();
  remove_inputs(log, track.id, removed);
  const auto nothing = verify(log, track.id);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, base::Code::kMissing);
  {
    Central central(log);
    track.stage(2, "m2");
    ASSERT_TRUE(central.settle("t1", kEventsOfRace + 2));
    ASSERT_TRUE(eventually([&] { return !log.events(contract::checkpoint_subject(track.id)).empty(); }));
    track.gate(100'000);
    ASSERT_TRUE(central.settle("t1", kEventsOfRace + 3));
  }
  const auto report = value_or_die(verify(log, track.id));
  EXPECT_GT(report.from, removed);
  EXPECT_EQ(report.from_ordinal, kEventsOfRace + 2);
  EXPECT_EQ(report.derived, 1U);
  EXPECT_EQ(report.stored, 1U);
  EXPECT_TRUE(report.identical());
  Central again(log);
  ASSERT_TRUE(again.idle("t1"));
  EXPECT_EQ(again.worker("t1").gaps, 0U) << "said once";
  EXPECT_EQ(again.router.state(track.id)->phase, "racing");
}

TEST(Gap, ATrackThatFallsBehindRetentionWhileItRunsSaysSoOnce) {
  TestLog log;
  Track track(log, "t1");
  Central central(log);
  track.stage(2);
  ASSERT_TRUE(central.settle("t1", 2));
  log.refusing = true;
  track.gate(10'000);
  ASSERT_TRUE(eventually([&] { return log.refused > 0; }));
  track.passing(1001, "D1", 12'000);
  track.passing(1002, "D1", 12'500);
  remove_inputs(log, track.id, log.last());
  track.passing(1002, "D2", 39'000);
  track.passing(1001, "D2", 40'000);
  log.refusing = false;
  ASSERT_TRUE(eventually([&] { return count(log, track.id, "\"event_type\":\"race_finished\"") > 0; }));
  ASSERT_TRUE(central.idle("t1"));
  EXPECT_EQ(central.worker("t1").gaps, 1U);
  EXPECT_EQ(count(log, track.id, "\"loop_id\":\"l1\""), 0U) << "the hill was lost";
  const auto all = ordinals(log, track.id);
  EXPECT_EQ(all, one_to(all.size()));
  EXPECT_EQ(central.sink.told(), log.bodies(contract::events_subject(track.id)));
}

// A new machine that takes the log over from where its streams begin: the first events are not in its copy.
TEST(Gap, ACopyOfTheLogThatBeginsLaterGoesOnBehindTheNewestNumber) {
  TestLog whole;
  Track track(whole, "t1");
  {
    Central central(whole);
    track.race("m1", 10'000);
    track.race("m2", 100'000);
    ASSERT_TRUE(central.settle("t1", 2 * kEventsOfRace));
  }
  TestLog late;
  const auto copy = [&](const log::Event& event) {
    const std::vector<log::NewEvent> one{{event.subject, event.client, event.boot, event.seq, event.body}};
    (void)value_or_die(late.append(one));
  };
  const auto inputs = value_or_die(whole.read({.subjects = input_subjects(track.id)}));
  for (std::size_t i = 8; i < inputs.size(); ++i) copy(inputs[i]);
  for (const auto& event : whole.events(contract::events_subject(track.id))) {
    if (event.seq > 20) copy(event);
  }
  Central central(late);
  ASSERT_TRUE(central.idle("t1"));
  EXPECT_EQ(central.worker("t1").gaps, 1U);
  EXPECT_TRUE(central.sink.told().empty());
  const std::vector<log::NewEvent> stage{{contract::control_subject(track.id),
                                          value_or_die(contract::ClientId::parse("office", "c")),
                                          value_or_die(contract::BootId::parse("boot2", "b")), 1,
                                          R"({"actor":"test","event_id":"i9","ts_us":1,"type":"reset"})"}};
  (void)value_or_die(late.append(stage));
  ASSERT_TRUE(eventually([&] { return ordinals(late, track.id).size() == 2 * kEventsOfRace - 20 + 2; }));
  EXPECT_EQ(ordinals(late, track.id).back(), 2 * kEventsOfRace + 2);
  EXPECT_EQ(central.sink.told().size(), 2U);
  EXPECT_EQ(central.metric("holeshot_actor_nondeterminism_total"), 0);
}

// The log's own retention, eight days later: raw and control are kept for seven, events for thirty.
TEST(Gap, AWeekThatTheLogItselfRemovedLeavesNumbersThatGoOn) {
  TestLog log;
  Track track(log, "t1");
  {
    Central central(log);
    track.race("m1", 10'000);
    ASSERT_TRUE(central.settle("t1", kEventsOfRace));
  }
  track.intent("alert", R"("id":"a","level":"info","text":"never seen"})");
  log.clock.advance_us(8ULL * 24 * 3600 * 1'000'000);
  track.race("m2", 100'000);
  log.prune();
  EXPECT_EQ(value_or_die(log.read({.subjects = input_subjects(track.id)})).size(), 6U);
  Central central(log);
  ASSERT_TRUE(central.settle("t1", 2 * kEventsOfRace));
  ASSERT_TRUE(central.idle("t1"));
  EXPECT_EQ(central.worker("t1").gaps, 1U);
  EXPECT_EQ(ordinals(log, track.id), one_to(2 * kEventsOfRace));
  EXPECT_EQ(count(log, track.id, "never seen"), 0U);
  EXPECT_EQ(central.sink.told().size(), kEventsOfRace);
  EXPECT_EQ(central.metric("holeshot_actor_nondeterminism_total"), 0);
}

// A quiet track whose every input is gone still has its state, from its checkpoint.
TEST(Gap, ATrackWithoutAnyInputLeftIsShownFromItsCheckpoint) {
  TestLog log;
  Track track(log, "t1");
  {
    Central central(log, {.checkpoint_inputs = 6});
    track.race("m1", 10'000);
    ASSERT_TRUE(central.settle("t1", kEventsOfRace));
    ASSERT_TRUE(eventually([&] {
      const auto kept = log.events(contract::checkpoint_subject(track.id));
      return !kept.empty() && kept.back().seq == 6;
    }));
  }
  log.clock.advance_us(8ULL * 24 * 3600 * 1'000'000);
  log.prune();
  EXPECT_TRUE(value_or_die(log.read({.subjects = input_subjects(track.id)})).empty());
  Central central(log);
  ASSERT_TRUE(eventually([&] { return central.router.caught_up() && central.router.state(track.id); }));
  EXPECT_EQ(central.router.state(track.id)->moto_id, "m1");
  EXPECT_EQ(central.router.state(track.id)->phase, "finished");
  EXPECT_EQ(central.worker("t1").gaps, 0U);
  EXPECT_TRUE(central.sink.told().empty());
}

TEST(Gap, StoredEventsThatRetentionRemovedAreNoDifference) {
  TestLog log;
  Track track(log, "t1");
  {
    Central central(log);
    track.race("m1", 10'000);
    track.race("m2", 100'000);
    ASSERT_TRUE(central.settle("t1", 2 * kEventsOfRace));
  }
  const auto stored = log.events(contract::events_subject(track.id));
  log.remove(contract::events_subject(track.id), stored[9].offset);
  const auto report = value_or_die(verify(log, track.id));
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.removed, 10U);
  EXPECT_EQ(report.stored, 2 * kEventsOfRace - 10);
}

}  // namespace
}  // namespace holeshot::actor
