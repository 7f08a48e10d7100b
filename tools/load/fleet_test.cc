// A fleet against the real live server: what was published is what it says it got.
#include "tools/load/fleet.h"

#include <gtest/gtest.h>

#include "central/live/live_world.h"
#include "common/base/worker.h"

namespace holeshot::load {
namespace {

using namespace live;  // NOLINT(google-build-using-namespace): the world of its tests

constexpr std::size_t kViewers = 40;

class FleetTest : public ::testing::Test, public LiveWorld {
 protected:
  ViewerPlan plan() const {
    ViewerPlan plan;
    plan.target = base::value_or_die(
        parse_target("ws://127.0.0.1:" + std::to_string(server_->address().port), "ws", "/ws/v1/live"));
    plan.tracks = {"t"};
    plan.viewers = kViewers;
    plan.ramp_per_s = 1e6;
    plan.duration_us = 0;
    plan.sources = 3;
    return plan;
  }
  void send_out(ViewerPlan plan) {
    fleet_ = std::make_unique<Fleet>(std::move(plan), system_);
    thread_ = base::Worker("fleet", [this](const std::stop_token& stop) { fleet_->run(stop); });
  }
  bool got(std::uint64_t frames) {
    return eventually([&] { return fleet_->report().frames >= frames; });
  }
  bool all_watch() {
    return eventually([&] { return hub_->viewers(kTopic) == kViewers && fleet_->report().open == kViewers; });
  }
  Report over() {
    thread_.request_stop();
    thread_.join();
    return fleet_->report();
  }
  // Event `seq`: a keyframe, a delta, or what is never to be skipped.
  void publish_tick(std::uint64_t seq, bool key) {
    const Json payload{{"event_type", "race_tick"}, {"keyframe", key}, {"moto_id", "m"}, {"tick_index", seq}};
    const auto frame = make_frame(
        {Kind::kEvent, kTopic.channel, kTopic.track_id, "", 7, seq, system_.wall_us(), payload.dump()},
        key ? FrameClass::kKey : FrameClass::kDelta);
    base::value_or_die(hub_->publish({kTopic, frame, nullptr}));
  }

  base::SystemClock system_;
  std::unique_ptr<Fleet> fleet_;
  base::Worker thread_;
};

TEST_F(FleetTest, GetsAllThatWasPublishedAndFindsNothing) {
  start();
  send_out(plan());
  ASSERT_TRUE(all_watch());
  for (std::uint64_t seq = 1; seq <= 50; ++seq) publish_tick(seq, seq % 20 == 1);
  ASSERT_TRUE(got(kViewers * 51));
  const Report report = over();
  EXPECT_EQ(report.connections, kViewers);
  EXPECT_EQ(report.frames, kViewers * 51) << "a snapshot and fifty ticks";
  EXPECT_EQ(report.tick_us.count(), kViewers * 50);
  EXPECT_EQ(report.arrival_us.count(), kViewers * 50) << "the kernel stamps what comes";
  EXPECT_EQ(report.losses.skipped_deltas, 0U);
  EXPECT_TRUE(report.findings().empty()) << report.text();
  EXPECT_EQ(exit_status(report), 0);
}

TEST_F(FleetTest, ComesBackFromAStormWhereItWas) {
  start();
  send_out(plan());
  ASSERT_TRUE(all_watch());
  publish(1);
  ASSERT_TRUE(got(kViewers * 2));
  fleet_->storm();
  ASSERT_TRUE(eventually([&] { return fleet_->report().connections == 2 * kViewers; }));
  ASSERT_TRUE(all_watch());
  publish(2);
  ASSERT_TRUE(got(kViewers * 3));
  const Report report = over();
  EXPECT_EQ(report.returns.recovered, kViewers);
  EXPECT_EQ(report.returns.snapshot, 0U);
  EXPECT_EQ(report.back_us.count(), kViewers);
  EXPECT_TRUE(report.findings().empty()) << report.text();
}

TEST_F(FleetTest, TakesASnapshotFromAServerThatHasStartedAnew) {
  start();
  const std::uint16_t port = server_->address().port;
  ViewerPlan again = plan();
  send_out(again);
  ASSERT_TRUE(all_watch());
  publish(1);
  ASSERT_TRUE(got(kViewers * 2));
  server_.reset();
  LiveConfig config;
  config.port = port;
  start(config);
  base::value_or_die(
      hub_->publish({kTopic, nullptr, test_frame(Kind::kSnapshot, kTopic, 0, FrameClass::kKey, {}, 8)}));
  ASSERT_TRUE(all_watch());
  ASSERT_TRUE(eventually([&] { return fleet_->report().returns.snapshot == kViewers; }));
  const Report report = over();
  EXPECT_EQ(report.closes.at(1001), kViewers) << "the old server said goodbye";
  EXPECT_TRUE(report.findings().empty()) << report.text();
}

TEST_F(FleetTest, SaysWhichViewersAreSlowOnPurposeAndThatTheyWereCutOff) {
  LiveConfig config;
  config.send_buffer_bytes = 4096;
  start(config);
  ViewerPlan slow = plan();
  slow.stalled_share = 0.25;
  slow.reconnect = false;
  send_out(slow);
  ASSERT_TRUE(all_watch());
  for (std::uint64_t seq = 1; seq <= 400; ++seq) {
    publish_alone(seq, FrameClass::kResult, 8000);
    ASSERT_TRUE(got(kViewers * 3 / 4 * (seq + 1)));
  }
  ASSERT_TRUE(eventually([&] { return hub_->stats().total.slow_closed == kViewers / 4; }));
  const Report report = over();
  EXPECT_EQ(report.slow_closes.at(4408), kViewers / 4) << report.text();
  EXPECT_TRUE(report.closes.empty());
  EXPECT_TRUE(report.findings().empty()) << report.text();
  EXPECT_EQ(report.frames, kViewers * 3 / 4 * 401);
}

TEST_F(FleetTest, SharesItsViewersOutToThreads) {
  start();
  ViewerPlan half = plan();
  half.threads = 2;
  half.thread = 1;
  send_out(half);
  ASSERT_TRUE(eventually([&] { return fleet_->report().open == kViewers / 2; }));
  EXPECT_EQ(over().connections, kViewers / 2);
}

TEST_F(FleetTest, CutsItsReportIntoParts) {
  start();
  send_out(plan());
  ASSERT_TRUE(all_watch());
  ASSERT_TRUE(got(kViewers));
  EXPECT_EQ(fleet_->cut().frames, kViewers);
  publish(1);
  ASSERT_TRUE(got(kViewers * 2));
  const Report part = fleet_->cut();
  EXPECT_EQ(part.frames, kViewers);
  EXPECT_EQ(part.open, kViewers);
  EXPECT_EQ(over().frames, 2 * kViewers) << "the whole stays whole";
}

TEST(FleetOfNobody, CannotConnectAndSaysSo) {
  const base::SystemClock clock;
  ViewerPlan plan;
  // Nobody listens on port 1.
  plan.target = base::value_or_die(parse_target("ws://127.0.0.1:1", "ws", "/"));
  plan.tracks = {"t"};
  plan.viewers = 3;
  plan.ramp_per_s = 1e6;
  plan.duration_us = 0;
  Fleet fleet(plan, clock);
  base::Worker thread("fleet", [&](const std::stop_token& stop) { fleet.run(stop); });
  ASSERT_TRUE(eventually([&] { return !fleet.report().failures.empty(); }));
  thread.request_stop();
  thread.join();
  EXPECT_EQ(exit_status(fleet.report()), 3);
  EXPECT_NE(fleet.report().text().find("Connection refused"), std::string::npos) << fleet.report().text();
}

}  // namespace
}  // namespace holeshot::load
