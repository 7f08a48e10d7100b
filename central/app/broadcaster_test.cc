#include "central/app/broadcaster.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "common/base/folder_test_kit.h"

namespace holeshot::central_app {
namespace {

using nlohmann::json;

// A hub with one port: what a loop would get.
class BroadcasterTest : public ::testing::Test {
 protected:
  std::shared_ptr<const actor::TrackState> state(const std::string& snapshot) {
    auto made = std::make_shared<actor::TrackState>();
    made->track = contract::TrackId::parse("zolder", "track").value();
    made->event_ref = "day-1";
    made->snapshot = snapshot;
    return made;
  }
  static race::RaceEvent event(std::string_view type) {
    race::RaceEvent made;
    made.event_type = type;
    made.event_ref = "day-1";
    made.class_id = "boys-13";
    made.riders = {"r1"};
    made.ts_us = 5;
    made.payload = R"({"event_type":")" + std::string{type} + "\"}";
    return made;
  }
  static json envelope(const live::FramePtr& frame) {
    return json::parse(frame->wire.substr(frame->wire.find('{')));
  }

  base::Metrics metrics_;
  live::Hub hub_;
  std::unique_ptr<live::HubPort> port_ = hub_.attach();
  Broadcaster broadcaster_{hub_, 1234, metrics_};
};

TEST_F(BroadcasterTest, NumbersEventsFromOneAndGivesTheSnapshotThatIncludesThem) {
  const auto staged = event(race::event_type::kRaceStaged);
  const auto split = event(race::event_type::kSplitTime);
  broadcaster_.on_race(state(R"({"phase":"staged"})"), &staged);
  broadcaster_.on_race(state(R"({"phase":"racing"})"), &split);
  const auto taken = port_->take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(envelope(taken[0]->event)["seq"], 1);
  EXPECT_EQ(envelope(taken[1]->event)["seq"], 2);
  EXPECT_EQ(envelope(taken[1]->event)["epoch"], 1234);
  EXPECT_EQ(envelope(taken[1]->event)["event_id"], "day-1");
  EXPECT_EQ(envelope(taken[1]->snapshot_after)["seq"], 2);
  EXPECT_EQ(envelope(taken[1]->snapshot_after)["payload"]["phase"], "racing");
  EXPECT_EQ(taken[0]->event->frame_class, live::FrameClass::kControl);
  EXPECT_EQ(taken[1]->event->frame_class, live::FrameClass::kResult);
  EXPECT_EQ(taken[1]->event->keys.riders, std::vector<std::string>{"r1"});
}

TEST_F(BroadcasterTest, AnswersToTheRaceOfficeAreNotForViewers) {
  const auto answer = event(race::event_type::kIntentResult);
  broadcaster_.on_race(state("{}"), &answer);
  EXPECT_TRUE(port_->take().empty());
}

TEST_F(BroadcasterTest, AStateWithoutNewsIsASnapshotAlone) {
  broadcaster_.on_race(state(R"({"phase":"racing"})"), nullptr);
  const auto taken = port_->take();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0]->event, nullptr);
  EXPECT_EQ(envelope(taken[0]->snapshot_after)["seq"], 0);
}

TEST_F(BroadcasterTest, TheDecoderChannelHasNumbersOfItsOwn) {
  const auto staged = event(race::event_type::kRaceStaged);
  broadcaster_.on_race(state("{}"), &staged);
  broadcaster_.on_decoder(state("{}")->track, 7, R"({"message":{}})", R"({"rows":[]})");
  const auto taken = port_->take();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(envelope(taken[1]->event)["seq"], 1);
  EXPECT_EQ(envelope(taken[1]->event)["channel"], "decoder");
}

TEST(EmptySnapshot, IsWhatATrackShowsBeforeItsFirstWord) {
  EXPECT_EQ(json::parse(empty_snapshot({"zolder", live::Channel::kRace}))["phase"], "idle");
  EXPECT_EQ(json::parse(empty_snapshot({"zolder", live::Channel::kDecoder}))["rows"], json::array());
}

TEST_F(BroadcasterTest, SignsResultsAndAlertsAndNothingElse) {
  const base::TestFolder folder;
  base::ManualClock clock{1'760'000'000'000'000};
  const auto keys = base::value_or_die(auth::LiveKeys::open(folder.file("live.keys"), clock));
  const auto& key = keys->keys()->front();
  live::Hub hub;
  const auto port = hub.attach();
  Broadcaster broadcaster{hub, 1234, metrics_, keys.get()};
  for (const auto type :
       {race::event_type::kRaceFinished, race::event_type::kAlert, race::event_type::kSplitTime}) {
    const auto said = event(type);
    broadcaster.on_race(state("{}"), &said);
    const auto taken = port->take();
    ASSERT_EQ(taken.size(), 1U);
    json one = envelope(taken[0]->event);
    EXPECT_EQ(one.contains("sig"), type != race::event_type::kSplitTime) << type;
    EXPECT_FALSE(envelope(taken[0]->snapshot_after).contains("sig"));
    if (!one.contains("sig")) continue;
    EXPECT_EQ(one["kid"], key.kid);
    EXPECT_TRUE(contract::verify_envelope(key.key.public_key(), one.dump()));
    one["seq"] = 99;
    EXPECT_FALSE(contract::verify_envelope(key.key.public_key(), one.dump()));
  }
}

}  // namespace
}  // namespace holeshot::central_app
