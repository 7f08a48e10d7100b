// How keyframes and deltas of two motos reach viewers who join, come back, filter, thin or change their mind.
#include <gtest/gtest.h>

#include "central/live/live_world.h"

namespace holeshot::live {
namespace {

constexpr std::uint64_t kEpoch = 7;

class TickStream : public ::testing::Test, public LiveWorld {
 protected:
  // The next frame of the topic: a tick of this slot, in both encodings.
  std::uint64_t tick(std::uint8_t slot, bool keyframe, FilterKeys keys = {}) {
    const std::uint64_t index = indices_[slot]++;
    const std::string json =
        Json{{"channel", "race"}, {"epoch", kEpoch},
             {"kind", "event"},   {"payload", {{"slot", slot}, {"key", keyframe}, {"index", index}}},
             {"seq", ++seq_},     {"track_id", "t"}}
            .dump();
    const FramePtr frame = make_tick_frame(
        {.json = json,
         .binary = "bin" + std::to_string(seq_),
         .keyframe = keyframe,
         .mark = {.slot = slot, .begins_run = keyframe && index == 0, .index = index, .hz = 20},
         .topic = kTopic,
         .epoch = kEpoch,
         .seq = seq_,
         .ts_us = seq_ * 1000},
        std::move(keys));
    base::value_or_die(hub_->publish({kTopic, frame, keyframe ? snapshot(slots_ |= 1U << slot) : nullptr}));
    return seq_;
  }
  std::uint64_t event(unsigned slots, FilterKeys keys = {}) {
    ++seq_;
    slots_ = slots;
    base::value_or_die(
        hub_->publish({kTopic, test_frame(Kind::kEvent, kTopic, seq_, FrameClass::kResult, std::move(keys)),
                       snapshot(slots)}));
    return seq_;
  }
  FramePtr snapshot(unsigned slots) const {
    return make_snapshot({Kind::kSnapshot, Channel::kRace, "t", "", kEpoch, seq_, seq_ * 1000, "{}", "", ""},
                         {}, static_cast<std::uint8_t>(slots));
  }

  std::uint64_t seq_ = 0;
  unsigned slots_ = 0;
  std::array<std::uint64_t, kSlots> indices_{};
};

TEST_F(TickStream, WhoJoinsGetsTheKeyframeOfEachMotoAndThenDeltasAtOnce) {
  start();
  event(0);
  const std::uint64_t key0 = tick(0, true);
  tick(0, false);
  const std::uint64_t key1 = tick(1, true);
  const std::uint64_t delta0 = tick(0, false);
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", key1));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", key0))
      << "older than the snapshot, and what deltas build on";
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", key1));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", delta0));
  const std::uint64_t delta1 = tick(1, false);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", delta1));
}

TEST_F(TickStream, TheKeyframeOfAMotoThatLeftTheTrackIsNotGivenToNewcomers) {
  start();
  tick(0, true);
  const std::uint64_t key1 = tick(1, true);
  const std::uint64_t reset = event(0b10);
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", reset));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", key1));
  const std::uint64_t next = event(0b10);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", next));
}

TEST_F(TickStream, AKeyframeOfOneMotoDoesNotReplaceThatOfAnother) {
  start();
  event(0);
  const std::uint64_t key1 = tick(1, true);
  const std::uint64_t delta1 = tick(1, false);
  const std::uint64_t key0 = tick(0, true);
  const std::uint64_t after1 = tick(1, false);
  const auto viewer = join("/ws/v1/live?track_id=t&from=seq:1&epoch=7");
  for (const std::uint64_t seq : {std::uint64_t{1}, key1, delta1, key0, after1})
    EXPECT_EQ(kind_and_seq(*viewer), expected("event", seq));
}

TEST_F(TickStream, WhoComesBackGetsTheLatestKeyframeBeforeAnyDelta) {
  start();
  event(0);
  const std::uint64_t key = tick(0, true);
  tick(0, false);
  const std::uint64_t missed = tick(0, false);
  const auto viewer = join("/ws/v1/live?track_id=t&epoch=7&from=seq:" + std::to_string(missed));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", key));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", missed));
}

TEST_F(TickStream, OfThePastTheFirstAndLastKeyframeOfEachRunAreKept) {
  start();
  event(0);
  const std::uint64_t first = tick(0, true);
  tick(0, false);
  tick(0, true);
  tick(0, false);
  const std::uint64_t last = tick(0, true);
  tick(0, false);
  indices_[0] = 0;  // the next moto
  const std::uint64_t begin = tick(0, true);
  tick(0, false);
  tick(0, true);
  const std::uint64_t now = tick(0, true);
  const std::uint64_t delta = tick(0, false);
  const auto viewer = join("/ws/v1/live?track_id=t&from=seq:1&epoch=7");
  for (const std::uint64_t seq : {std::uint64_t{1}, first, last, begin, now, delta})
    EXPECT_EQ(kind_and_seq(*viewer), expected("event", seq));
}

TEST_F(TickStream, AKeyframeOutlivesTheFramesOfItsTime) {
  start({}, {.history_frames = 8, .waiting_publications = 64});
  const std::uint64_t key = tick(0, true);
  for (int i = 0; i < 20; ++i) event(1);
  const auto viewer = join();
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", seq_));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", key));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", tick(0, false)));
}

TEST_F(TickStream, AFilterGoesTogetherWithDeltas) {
  start();
  event(0);
  const FilterKeys mine{{"day"}, {"girls"}, {"r1", "r2"}};
  const FilterKeys other{{"day"}, {"boys"}, {"r8"}};
  const std::uint64_t key = tick(0, true, mine);
  tick(1, true, other);
  const auto viewer = join("/ws/v1/live?track_id=t");
  EXPECT_EQ(kind_and_seq(*viewer).first, "snapshot");
  for (int i = 0; i < 2; ++i) EXPECT_EQ(next(*viewer)["kind"], "event");
  EXPECT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"riders":["r2"]}})"));
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", key + 1));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", key));
  tick(1, false, other);
  const std::uint64_t delta = tick(0, false, mine);
  tick(1, false, other);
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", delta));
  pass(10s);
  const Json beat = next(*viewer);
  EXPECT_EQ(beat["kind"], "heartbeat");
  EXPECT_EQ(beat["payload"]["prev_seq"], delta);
  EXPECT_EQ(beat["payload"]["seq"], delta + 1);
  EXPECT_EQ(beat["payload"]["dropped"], 0);
}

TEST_F(TickStream, ARateThinsDeltasEvenlyAndNothingElse) {
  start();
  event(0);
  const auto viewer = join("/ws/v1/live?track_id=t&rate=5");
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  std::vector<std::uint64_t> wanted;
  for (std::uint64_t i = 0; i < 40; ++i) {
    const std::uint64_t seq =
        tick(0, i % 20 == 0);  // the first one comes in its turn: nothing to count from is missing
    if (i % 20 == 0 || i % 4 == 3) wanted.push_back(seq);
    if (i == 25) wanted.push_back(event(1));
  }
  for (const std::uint64_t seq : wanted) EXPECT_EQ(kind_and_seq(*viewer), expected("event", seq));
  EXPECT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"rate":"full"}})"));
  EXPECT_EQ(kind_and_seq(*viewer).first, "snapshot");
  while (next(*viewer)["seq"] != seq_) {
  }
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", tick(0, false)));
  EXPECT_EQ(kind_and_seq(*viewer), expected("event", tick(0, false)));
}

TEST_F(TickStream, UnderPressureOnlyThoseWhoLeftItToUsAreThinnedAndAreTold) {
  start();
  event(0);
  tick(0, true);
  const auto full = join("/ws/v1/live?track_id=t&rate=full");
  const auto automatic = join("/ws/v1/live?track_id=t");
  for (const auto* viewer : {&full, &automatic}) {
    EXPECT_EQ(kind_and_seq(**viewer), expected("snapshot", 2));
    EXPECT_EQ(kind_and_seq(**viewer), expected("event", 2));
  }
  hub_->set_sampling_percent(10);
  constexpr int kTicks = 200;
  const std::uint64_t first = tick(0, false);
  for (const auto* viewer : {&full, &automatic}) {
    const Json beat = next(**viewer);
    EXPECT_EQ(beat["kind"], "heartbeat") << "told at once";
    EXPECT_EQ(beat["payload"]["high_traffic"], true);
    EXPECT_EQ(kind_and_seq(**viewer), expected("event", first))
        << "the first after the keyframe, to count from";
  }
  for (int i = 0; i < kTicks; ++i) tick(0, false);
  const std::uint64_t result = event(1);
  for (int i = 0; i < kTicks; ++i) EXPECT_EQ(next(*full)["kind"], "event");
  EXPECT_EQ(kind_and_seq(*full), expected("event", result));
  int taken = 0;
  while (next(*automatic)["seq"] != result) ++taken;
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, kTicks / 4);
  EXPECT_TRUE(automatic->send_text(R"({"type":"heartbeat","payload":{}})"));
  EXPECT_EQ(next(*automatic)["payload"]["high_traffic"], true) << "whoever asks hears it, too";
  pass(10s);
  EXPECT_EQ(next(*full)["payload"]["high_traffic"], true);
  EXPECT_EQ(next(*automatic)["payload"]["high_traffic"], true);
  EXPECT_EQ(hub_->stats().total.dropped_messages, 0U) << "thinned is not lost";
}

TEST_F(TickStream, BinaryIsForThoseWhoAskAndCanBeAskedForLater) {
  start();
  event(0);
  const auto viewer = join("/ws/v1/live?track_id=t");
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  EXPECT_EQ(hub_->viewers(kTopic, Encoding::kBinary), 0U);
  EXPECT_EQ(hub_->viewers(kTopic, Encoding::kJson), 1U);
  EXPECT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"encoding":"binary"}})"));
  EXPECT_EQ(kind_and_seq(*viewer), expected("snapshot", 1));
  EXPECT_EQ(hub_->viewers(kTopic, Encoding::kBinary), 1U);
  EXPECT_EQ(hub_->viewers(kTopic, Encoding::kJson), 0U);
  const std::uint64_t key = tick(0, true);
  const WsMessage message = base::value_or_die(viewer->next(kPatience));
  EXPECT_EQ(message.opcode, Opcode::kBinary);
  EXPECT_EQ(message.data, "bin" + std::to_string(key));
  EXPECT_TRUE(viewer->send_text(R"({"type":"subscribe","payload":{"rate":"never"}})"));
  EXPECT_EQ(next(*viewer)["payload"]["code"], "invalid_rate");
}

}  // namespace
}  // namespace holeshot::live
