#include "central/app/broadcaster.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "central/app/live_track_test_kit.h"
#include "central/app/tick_source.h"
#include "central/ticks/tick_codec.h"
#include "central/ticks/tick_maker.h"
#include "central/ticks/ticks_test_kit.h"
#include "common/base/folder_test_kit.h"
#include "common/contract/canonical_json.h"

namespace holeshot::central_app {
namespace {

using nlohmann::json;

constexpr const char* kIdle = R"({"phase":"idle"})";

// A hub with one port: what a loop would get.
class BroadcasterTest : public ::testing::Test {
 protected:
  std::shared_ptr<const actor::TrackState> state(const std::string& snapshot) {
    auto made = std::make_shared<actor::TrackState>();
    made->track = contract::TrackId::parse("zolder", "track").value();
    made->event_ref = "day-1";
    made->snapshot = snapshot;
    // Behind its last key. REQUIRES: it has one.
    made->seams.top = {snapshot.size() - 1, snapshot.size() - 1, snapshot.size() - 1};
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
  static json envelope(const live::FramePtr& frame) { return kit::envelope_of(frame); }

  base::Metrics metrics_;
  live::Hub hub_;
  std::unique_ptr<live::HubPort> port_ = hub_.attach();
  Broadcaster broadcaster_{hub_, {.epoch = 1234}, metrics_};
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
  broadcaster_.on_race(state(kIdle), &answer);
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
  broadcaster_.on_race(state(kIdle), &staged);
  broadcaster_.on_decoder(state(kIdle)->track, 7, R"({"message":{}})", R"({"rows":[]})");
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
  Broadcaster broadcaster{hub, {.epoch = 1234, .keys = keys.get()}, metrics_};
  for (const auto type :
       {race::event_type::kRaceFinished, race::event_type::kAlert, race::event_type::kSplitTime}) {
    const auto said = event(type);
    broadcaster.on_race(state(kIdle), &said);
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

// --- with a real track ---

class LiveBroadcast : public ::testing::Test {
 protected:
  void stage_and_drop() {
    track_.day.stage(2);
    track_.tell();
    track_.day.gate(10);
    track_.tell();
  }
  std::vector<live::PublicationPtr> run(std::size_t ticks) {
    for (std::size_t i = 0; i < ticks; ++i) {
      clock_.advance_us(50'000);
      source_.tick();
    }
    return port_->take();
  }
  contract::Ed25519Public key() const { return keys_->keys()->front().key.public_key(); }

  const base::TestFolder folder_;
  base::Metrics metrics_;
  base::ManualClock clock_{kit::kStartUs};
  std::unique_ptr<auth::LiveKeys> keys_ =
      base::value_or_die(auth::LiveKeys::open(folder_.file("live.keys"), clock_));
  live::Hub hub_;
  std::unique_ptr<live::HubPort> port_ = hub_.attach();
  Broadcaster broadcaster_{hub_, {.epoch = 1234, .keys = keys_.get()}, metrics_};
  TickSource source_{broadcaster_, hub_, clock_, {}, metrics_};
  kit::LiveTrack track_{broadcaster_, clock_};
};

TEST_F(LiveBroadcast, StagingsAndSnapshotsNameSlotEpochAndKeyAndStayCanonical) {
  const std::string kid = keys_->keys()->front().kid;
  const auto expect_names = [&](const json& named, int slot) {
    EXPECT_EQ(named["epoch"], 1234);
    EXPECT_EQ(named["kid"], kid);
    EXPECT_EQ(named["slot"], slot);
  };
  stage_and_drop();
  track_.day.stage(race::kit::moto_of(2, "m2"));
  track_.tell();
  const auto taken = port_->take();
  const auto canonical = [](const live::FramePtr& frame) {
    const std::string text = kit::text_of(*frame);
    return text == base::value_or_die(contract::canonicalize(text));
  };
  int staged = 0;
  for (const auto& publication : taken) {
    EXPECT_TRUE(canonical(publication->event));
    EXPECT_TRUE(canonical(publication->snapshot_after));
    const json payload = kit::envelope_of(publication->event)["payload"];
    if (payload["event_type"] == "race_staged") expect_names(payload, staged++);
  }
  EXPECT_EQ(staged, 2);
  const json snapshot = kit::envelope_of(taken.back()->snapshot_after)["payload"];
  ASSERT_EQ(snapshot["motos"].size(), 2U);
  expect_names(snapshot, 1);
  EXPECT_EQ(snapshot["moto_id"], "m2") << "one that is staged comes first";
  expect_names(snapshot["motos"][0], 1);
  expect_names(snapshot["motos"][1], 0);
}

TEST_F(LiveBroadcast, WithoutKeysNoKidIsNamedAndNothingIsSigned) {
  live::Hub hub;
  const auto port = hub.attach();
  Broadcaster broadcaster(hub, {.epoch = 5}, metrics_);
  kit::LiveTrack track(broadcaster, clock_);
  track.day.stage(2);
  track.tell();
  track.day.gate(10);
  track.tell();
  TickSource source(broadcaster, hub, clock_, {}, metrics_);
  source.tick();
  for (const auto& publication : port->take()) {
    const json event = kit::envelope_of(publication->event);
    EXPECT_FALSE(event.contains("sig"));
    EXPECT_FALSE(event["payload"].contains("kid"));
    if (!publication->snapshot_after) continue;
    EXPECT_FALSE(kit::envelope_of(publication->snapshot_after)["payload"]["motos"][0].contains("kid"));
  }
}

TEST_F(LiveBroadcast, ATickIsSignedInBothEncodingsWhichSayTheSame) {
  hub_.viewer_joined(kit::kTopic, live::Encoding::kBinary);
  stage_and_drop();
  (void)port_->take();
  const auto taken = run(30);
  ASSERT_EQ(taken.size(), 30U);
  for (const auto& publication : taken) {
    const live::Frame& frame = *publication->event;
    const std::string text = kit::text_of(frame);
    EXPECT_TRUE(contract::verify_envelope(key(), text));
    const auto bytes = base::as_bytes(frame.binary).subspan(frame.binary.find("HS"));
    const auto binary = base::value_or_die(ticks::read_binary(bytes));
    std::string message = ticks::binary_context("t1", 1234, "m1");
    message.append(reinterpret_cast<const char*>(binary.body.data()), binary.body.size());
    EXPECT_TRUE(contract::verify_ed25519(key(), base::as_bytes(message), binary.signature));
    const ticks::Frame json_tick = ticks::kit::read_json(text);
    EXPECT_EQ(binary.frame.lanes, ticks::kit::without_speed(json_tick.lanes));
    EXPECT_EQ(binary.frame.seq, json_tick.seq);
    EXPECT_EQ(binary.frame.base_seq, json_tick.base_seq);
    EXPECT_EQ(binary.frame.keyframe, json_tick.keyframe);
    EXPECT_EQ(frame.frame_class, json_tick.keyframe ? live::FrameClass::kKey : live::FrameClass::kDelta);
    EXPECT_EQ(frame.keys.riders, (std::vector<std::string>{"r1", "r2"}));
    EXPECT_EQ(frame.keys.classes, std::vector<std::string>{"c1"});
    EXPECT_EQ(frame.keys.events, std::vector<std::string>{"day1"});
    EXPECT_EQ(publication->snapshot_after != nullptr, json_tick.keyframe) << "newcomers begin at a keyframe";
  }
}

TEST_F(LiveBroadcast, BinaryIsMadeOnlyWhereSomebodyReadsIt) {
  hub_.viewer_joined(kit::kTopic);
  stage_and_drop();
  (void)port_->take();
  for (const auto& publication : run(3)) EXPECT_TRUE(publication->event->binary.empty());
  hub_.viewer_joined(kit::kTopic, live::Encoding::kBinary);
  for (const auto& publication : run(3)) EXPECT_FALSE(publication->event->binary.empty());
  hub_.viewer_left(kit::kTopic, live::Encoding::kBinary);
  for (const auto& publication : run(3)) EXPECT_TRUE(publication->event->binary.empty());
}

TEST_F(LiveBroadcast, ASnapshotGoesWithTheKeyframesOfTheMotosThatAreOnTheTrack) {
  hub_.viewer_joined(kit::kTopic);
  stage_and_drop();
  EXPECT_EQ(port_->take().back()->snapshot_after->slots, 0) << "nobody has a keyframe yet";
  EXPECT_EQ(run(1).back()->snapshot_after->slots, 0b01);
  track_.day.stage(race::kit::moto_of(2, "m2"));
  track_.tell();
  EXPECT_EQ(port_->take().back()->snapshot_after->slots, 0b01);
  track_.day.gate(60);
  track_.tell();
  (void)port_->take();
  EXPECT_EQ(run(1).front()->snapshot_after->slots, 0b11) << "the newest gate first";
  track_.day.say("force_finish", {.reason = "test", .moto_id = "m1"});
  track_.tell();
  track_.day.stage(race::kit::moto_of(2, "m3"));
  track_.tell();
  EXPECT_EQ(port_->take().back()->snapshot_after->slots, 0b10) << "another moto has that slot now";
}

// A track's turn and the thread of ticks publish at the same time; numbers are given and handed over as one.
TEST_F(LiveBroadcast, EventsAndTicksOfTwoThreadsAreOneSequence) {
  constexpr std::uint64_t kEach = 500;
  stage_and_drop();
  (void)port_->take();
  const std::uint64_t before = broadcaster_.point("t1")->seq;
  const auto racing = track_.state();
  std::jthread ticks([&] {
    ticks::TickMaker maker;
    for (std::uint64_t i = 0; i < kEach; ++i) {
      broadcaster_.tick("t1", [&](const actor::MotoOnTrack& moto, std::uint64_t seq) {
        return std::optional{maker.next(*moto.race, {i * 50'000, i * 50}, seq)};
      });
    }
  });
  race::RaceEvent split;
  split.event_type = race::event_type::kSplitTime;
  split.payload = R"({"event_type":"split_time"})";
  for (std::uint64_t i = 0; i < kEach; ++i) broadcaster_.on_race(racing, &split);
  ticks.join();
  std::uint64_t seq = before;
  for (const auto& publication : port_->take()) ASSERT_EQ(publication->event->seq, ++seq);
  EXPECT_EQ(seq, before + 2 * kEach);
  EXPECT_EQ(metrics_.counter("holeshot_live_refused_total", "").value(), 0);
}

}  // namespace
}  // namespace holeshot::central_app
