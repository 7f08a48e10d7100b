#include "central/app/tick_source.h"

#include <gtest/gtest.h>

#include "central/app/live_track_test_kit.h"

namespace holeshot::central_app {
namespace {

using kit::Json;
using kit::ticks_of;

constexpr std::uint64_t kTickUs = 50'000;

class TickSourceTest : public ::testing::Test {
 protected:
  void watch() { hub_.viewer_joined(kit::kTopic); }
  void stage_and_drop(std::size_t riders = 2) {
    track_.day.stage(riders);
    track_.tell();
    drop();
  }
  void drop(double at = 10) {
    track_.day.gate(at);
    track_.tell();
  }
  void pass(std::size_t rider, std::string_view loop, double after) {
    track_.day.pass(rider, loop, after);
    track_.tell();
  }
  void say(const std::string& type, race::Intent what = {}) {
    track_.day.say(type, std::move(what));
    track_.tell();
  }
  // Time passes and the thread does its part; the ticks that came.
  std::vector<Json> run(std::size_t ticks) {
    for (std::size_t i = 0; i < ticks; ++i) {
      clock_.advance_us(kTickUs);
      source_.tick();
    }
    return ticks_of(*port_);
  }
  std::vector<Json> tick() {
    source_.tick();
    return ticks_of(*port_);
  }

  base::Metrics metrics_;
  base::ManualClock clock_{kit::kStartUs};
  live::Hub hub_;
  std::unique_ptr<live::HubPort> port_ = hub_.attach();
  Broadcaster broadcaster_{hub_, {.epoch = 9}, metrics_};
  TickSource source_{broadcaster_, hub_, clock_, {}, metrics_};
  kit::LiveTrack track_{broadcaster_, clock_};
};

TEST_F(TickSourceTest, BeforeTheGateThereIsNothingToShow) {
  watch();
  EXPECT_TRUE(run(3).empty());
  track_.day.stage(2);
  track_.tell();
  EXPECT_TRUE(run(3).empty());
}

TEST_F(TickSourceTest, ARaceHasTicksFromItsGateToItsEndAndOneMoreThatShowsIt) {
  watch();
  stage_and_drop();
  std::vector<Json> all = run(20);
  pass(1, "hill", 1.0);
  pass(2, "hill", 1.0);
  for (const Json& tick : run(20)) all.push_back(tick);
  ASSERT_EQ(all.size(), 40U);
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Json& payload = all[i]["payload"];
    EXPECT_EQ(payload["tick_index"], i);
    EXPECT_EQ(payload["elapsed_us"], (i + 1) * kTickUs);
    EXPECT_EQ(payload["keyframe"], i % 20 == 0) << i;
    EXPECT_EQ(payload["tick_ts"], (kit::kStartUs + (i + 1) * kTickUs) / 1000);
    EXPECT_EQ(payload["moto_id"], "m1");
    EXPECT_EQ(all[i]["epoch"], 9);
    EXPECT_EQ(all[i]["event_id"], "day1");
  }
  for (const std::size_t rider : {1U, 2U}) {
    pass(rider, "corner", 20);
    pass(rider, "finish", 30 + static_cast<double>(rider));
  }
  const std::vector<Json> end = run(20);
  ASSERT_EQ(end.size(), 1U) << "the last tick, and then silence";
  EXPECT_EQ(end[0]["payload"]["keyframe"], true);
  for (const Json& lane : end[0]["payload"]["lanes"]) EXPECT_EQ(lane["status"], "FIN");
}

TEST_F(TickSourceTest, TheEndIsShownAgainWhereItIsPutRight) {
  watch();
  stage_and_drop();
  for (const std::size_t rider : {1U, 2U}) {
    for (const char* loop : {"hill", "corner"}) pass(rider, loop, loop[0] == 'h' ? 2.0 : 20.0);
    pass(rider, "finish", 30 + static_cast<double>(rider));
  }
  ASSERT_EQ(run(5).size(), 1U);
  say("dsq", {.reason = "blocked", .moto_id = "m1", .rider_id = "r1"});
  const auto again = run(5);
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0]["payload"]["lanes"][0]["status"], "DSQ");
}

TEST_F(TickSourceTest, NumbersOfTicksAndEventsAreOneSequence) {
  watch();
  stage_and_drop();
  run(0);
  std::vector<Json> all;
  for (int i = 0; i < 30; ++i) {
    clock_.advance_us(kTickUs);
    source_.tick();
    if (i == 7) pass(1, "hill", 0.3);
    if (i == 12) say("alert", {.alert_id = "a", .alert_level = "info", .alert_text = "rain"});
    for (const Json& one : kit::events_of(*port_)) all.push_back(one);
  }
  ASSERT_GT(all.size(), 32U);
  for (std::size_t i = 1; i < all.size(); ++i)
    EXPECT_EQ(all[i]["seq"].get<std::uint64_t>(), all[i - 1]["seq"].get<std::uint64_t>() + 1);
  EXPECT_EQ(broadcaster_.point("t1")->seq, all.back()["seq"].get<std::uint64_t>());
  EXPECT_EQ(broadcaster_.point("t1")->tick_index, 29U);
}

TEST_F(TickSourceTest, ALateSchedulerLeavesTicksOutAndNeverBursts) {
  watch();
  stage_and_drop();
  run(1);
  const std::uint64_t due = source_.tick();
  clock_.advance_us(730'000);
  EXPECT_EQ(tick().size(), 1U);
  EXPECT_TRUE(tick().empty()) << "the next one is not due yet";
  EXPECT_EQ(source_.tick(), due + 14 * kTickUs) << "on the same grid as before";
  const auto next = run(1);
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0]["payload"]["tick_index"], 2) << "what was not made has no index";
  EXPECT_EQ(metrics_.counter("holeshot_ticks_skipped_total", "").value(), 13);
}

TEST_F(TickSourceTest, WhileNobodyWatchesOnlyKeyframesAreMade) {
  stage_and_drop();
  const auto alone = run(60);
  ASSERT_EQ(alone.size(), 3U);
  for (std::size_t i = 0; i < alone.size(); ++i) {
    EXPECT_EQ(alone[i]["payload"]["keyframe"], true);
    EXPECT_EQ(alone[i]["payload"]["tick_index"], i);
  }
  watch();
  const auto watched = run(3);
  ASSERT_EQ(watched.size(), 3U);
  EXPECT_EQ(watched[1]["payload"]["tick_index"], 4);
}

TEST_F(TickSourceTest, ANewRiderComesWithAKeyframeAtOnce) {
  stage_and_drop(3);
  ASSERT_EQ(run(5).size(), 1U);
  say("assign_lane", {.reason = "swap", .moto_id = "m1", .rider_id = "r1", .lane = 7});
  const auto after = run(2);
  ASSERT_EQ(after.size(), 1U) << "also where nobody watches: who joins next must not see the old riders";
  EXPECT_EQ(after[0]["payload"]["keyframe"], true);
  EXPECT_EQ(after[0]["payload"]["lanes"].back()["lane"], 7);
}

TEST_F(TickSourceTest, ARedFlagStopsTheRidersAndKeyframesGoOn) {
  watch();
  stage_and_drop();
  run(10);
  say("red_flag", {.reason = "crash"});
  const auto stopped = run(60);
  ASSERT_EQ(stopped.size(), 3U);
  for (const Json& tick : stopped) EXPECT_EQ(tick["payload"]["elapsed_us"], 10 * kTickUs);
  say("all_clear");
  EXPECT_EQ(run(5).size(), 5U);
}

TEST_F(TickSourceTest, AWallClockThatIsSetMovesNobody) {
  watch();
  stage_and_drop();
  run(10);
  clock_.set_wall_us(kit::kStartUs + 3'600'000'000);
  const auto after = run(1);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0]["payload"]["elapsed_us"], 11 * kTickUs);
}

TEST_F(TickSourceTest, NobodyIsShownBeforeALoopThatWasCrossed) {
  watch();
  stage_and_drop();
  run(1);
  pass(1, "hill", 2.5);
  const auto after = run(1);
  ASSERT_EQ(after.size(), 1U);
  EXPECT_EQ(after[0]["payload"]["elapsed_us"], 2'500'000);
}

TEST_F(TickSourceTest, ARaceThatARestartFoundRunningIsShownWhereItIs) {
  stage_and_drop();
  clock_.advance_us(12'000'000);
  live::Hub hub;
  const auto port = hub.attach();
  Broadcaster broadcaster(hub, {.epoch = 10}, metrics_);
  TickSource source(broadcaster, hub, clock_, {}, metrics_);
  kit::LiveTrack again(broadcaster, clock_);
  again.day = track_.day;
  again.found();
  source.tick();
  const auto ticks = ticks_of(*port);
  ASSERT_EQ(ticks.size(), 1U);
  EXPECT_EQ(ticks[0]["payload"]["tick_index"], 0);
  const std::uint64_t gate = track_.day.race("m1").gate()->captured_at_us;
  EXPECT_EQ(ticks[0]["payload"]["elapsed_us"], clock_.wall_us() - gate);
}

TEST_F(TickSourceTest, TwoMotosOnTrackHaveASlotEach) {
  watch();
  stage_and_drop();
  run(40);
  track_.day.stage(race::kit::moto_of(3, "m2"));
  track_.tell();
  run(1);
  drop(50);
  const auto both = run(20);
  ASSERT_EQ(both.size(), 40U);
  std::map<std::string, std::size_t> count;
  for (const Json& tick : both) ++count[tick["payload"]["moto_id"].get<std::string>()];
  EXPECT_EQ(count, (std::map<std::string, std::size_t>{{"m1", 20}, {"m2", 20}}));
  for (const Json& tick : both) {
    if (tick["payload"]["moto_id"] != "m2") continue;
    EXPECT_EQ(tick["payload"]["tick_index"], 0);
    EXPECT_EQ(tick["payload"]["keyframe"], true);
    break;
  }
}

TEST_F(TickSourceTest, LoopsThatAreLateThinTheTicksAndCalmOnesBringThemBack) {
  for (int i = 0; i < 4; ++i) {
    port_->counters().lag_us = 200'000;
    run(1);
  }
  EXPECT_EQ(hub_.sampling_percent(), 50U);
  run(5 * 20 + 1);
  EXPECT_EQ(hub_.sampling_percent(), 100U);
}

}  // namespace
}  // namespace holeshot::central_app
