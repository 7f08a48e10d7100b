#include "central/actor/race_timeouts.h"

#include <gtest/gtest.h>

#include "central/actor/actor_test_kit.h"
#include "central/race/input.h"

namespace holeshot::actor {
namespace {

struct Watched {
  kit::TestLog log;
  contract::UlidMaker ulids{log.clock, 7};
  RaceTimeouts timeouts{log, log.clock, ulids};
  contract::TrackId track = kit::track_id("t1");
  std::vector<std::string> intents() { return log.bodies(contract::control_subject(track)); }
};

TEST(RaceTimeouts, EndsARaceWhenItsTimeIsUpAndOnlyOnce) {
  Watched w;
  w.timeouts.race_running(w.track, "m1", "gate-1", 90'000'000);
  w.log.clock.advance_us(89'999'999);
  w.timeouts.check();
  EXPECT_TRUE(w.intents().empty());
  w.log.clock.advance_us(1);
  w.timeouts.check();
  w.timeouts.check();
  ASSERT_EQ(w.intents().size(), 1U);
  const auto input = base::value_or_die(race::parse_intent("k", w.intents()[0]));
  const auto& intent = std::get<race::Intent>(input.what);
  EXPECT_EQ(intent.kind, race::Intent::Kind::kRaceTimeout);
  EXPECT_EQ(intent.moto_id, "m1");
  EXPECT_EQ(intent.gate_event_id, "gate-1");
  EXPECT_EQ(intent.track_id, "t1");
}

TEST(RaceTimeouts, LeavesARaceThatIsOverAlone) {
  Watched w;
  w.timeouts.race_running(w.track, "m1", "gate-1", 90'000'000);
  w.timeouts.race_over(w.track, "gate-1");
  w.log.clock.advance_us(200'000'000);
  w.timeouts.check();
  EXPECT_TRUE(w.intents().empty());
}

TEST(RaceTimeouts, ASetClockDoesNotEndARace) {
  Watched w;
  w.timeouts.race_running(w.track, "m1", "gate-1", 90'000'000);
  w.log.clock.set_wall_us(kit::kNowUs + 3'600'000'000);
  w.timeouts.check();
  EXPECT_TRUE(w.intents().empty());
}

TEST(RaceTimeouts, ItsOwnThreadEndsRacesToo) {
  Watched w;
  w.timeouts.start();
  w.timeouts.race_running(w.track, "m1", "gate-1", 1'000'000);
  w.log.clock.advance_us(1'000'000);
  EXPECT_TRUE(kit::eventually([&] { return w.intents().size() == 1; }));
}

}  // namespace
}  // namespace holeshot::actor
