#include "central/actor/replay.h"

#include <gtest/gtest.h>

#include "central/actor/actor_test_kit.h"
#include "central/actor/track_actor.h"

namespace holeshot::actor {
namespace {

using kit::kEventsOfRace;
using kit::TestLog;
using kit::Track;

// What an engine makes of the log, before anything was stored.
std::vector<log::NewEvent> derived(TestLog& log, const Track& track) {
  std::vector<log::NewEvent> events;
  base::value_or_die(
      derive(log, track.id, [&](const race::RaceEvent& event) { events.push_back(stored_form(event)); }));
  return events;
}

TEST(Replay, StoredEventsOfTheSameRulesAreIdentical) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  (void)base::value_or_die(log.append(derived(log, track)));
  const auto report = base::value_or_die(verify(log, track.id));
  EXPECT_TRUE(report.identical());
  EXPECT_EQ(report.inputs, 6U);
  EXPECT_EQ(report.derived, kEventsOfRace);
  EXPECT_EQ(report.stored, kEventsOfRace);
  EXPECT_EQ(
      report.to_json(),
      R"({"checkpoints":0,"derived":14,"difference_count":0,"differences":[],"from_offset":0,"from_ordinal":0,)"
      R"("identical":true,"inputs":6,"missing_at_end":0,"only_other_rules":false,"other_rules":[],)"
      R"("removed":0,"stored":14,"unreadable":0})");
}

TEST(Replay, NamesAnEventThatWasChanged) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  auto events = derived(log, track);
  events[4].body = R"({"changed":true})";
  (void)base::value_or_die(log.append(events));
  const auto report = base::value_or_die(verify(log, track.id));
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Difference::Kind::kDiffers);
  EXPECT_EQ(report.differences[0].ordinal, 5U);
  EXPECT_EQ(report.differences[0].stored, R"({"changed":true})");
}

TEST(Replay, NamesEventsThatAreMissingAndThatAreTooMany) {
  TestLog log;
  Track track(log, "t1");
  track.race("m1", 10'000);
  auto events = derived(log, track);
  auto extra = events.back();
  extra.seq += 1;
  events.pop_back();
  (void)base::value_or_die(log.append(events));
  auto report = base::value_or_die(verify(log, track.id));
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Difference::Kind::kMissing);

  (void)base::value_or_die(log.append(derived(log, track)));
  (void)base::value_or_die(log.append(std::vector{extra}));
  report = base::value_or_die(verify(log, track.id));
  ASSERT_EQ(report.difference_count, 1U);
  EXPECT_EQ(report.differences[0].kind, Difference::Kind::kExtra);
  EXPECT_EQ(report.differences[0].ordinal, kEventsOfRace + 1);
}

}  // namespace
}  // namespace holeshot::actor
