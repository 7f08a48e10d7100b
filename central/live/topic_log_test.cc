#include "central/live/topic_log.h"

#include <gtest/gtest.h>

#include "central/live/filter.h"

namespace holeshot::live {
namespace {

constexpr std::size_t kCapacity = 8;
const TopicKey kTopic{"t", Channel::kRace};

FramePtr frame(Kind kind, std::uint64_t epoch, std::uint64_t seq,
               FrameClass frame_class = FrameClass::kControl) {
  return make_frame({kind, kTopic.channel, kTopic.track_id, "", epoch, seq, seq * 10, "{}"}, frame_class);
}
Publication event(std::uint64_t epoch, std::uint64_t seq, FrameClass frame_class = FrameClass::kControl) {
  return {kTopic, frame(Kind::kEvent, epoch, seq, frame_class), nullptr};
}
Publication both(std::uint64_t epoch, std::uint64_t seq) {
  return {kTopic, frame(Kind::kEvent, epoch, seq), frame(Kind::kSnapshot, epoch, seq, FrameClass::kKey)};
}
Publication snapshot(std::uint64_t epoch, std::uint64_t seq) {
  return {kTopic, nullptr, frame(Kind::kSnapshot, epoch, seq, FrameClass::kKey)};
}

using Effect = TopicLog::Effect;

TEST(TopicLog, EventsFollowOneAnother) {
  TopicLog log(kCapacity);
  EXPECT_FALSE(log.begun());
  EXPECT_EQ(log.apply(both(5, 1)), Effect::kEvent);
  EXPECT_EQ(log.apply(event(5, 2)), Effect::kEvent);
  EXPECT_FALSE(log.check(event(5, 2)));
  EXPECT_FALSE(log.check(event(5, 4)));
  EXPECT_TRUE(log.check(event(5, 3)));
  EXPECT_EQ(log.snapshot()->seq, 1U);
  EXPECT_EQ(log.last_seq(), 2U);
  EXPECT_EQ(log.at(2)->seq, 2U);
  EXPECT_EQ(log.at(3), nullptr);
}

TEST(TopicLog, ForgetsTheOldestAndSaysSo) {
  TopicLog log(kCapacity);
  for (std::uint64_t seq = 1; seq <= 20; ++seq) log.apply(event(1, seq));
  EXPECT_EQ(log.first_seq(), 13U);
  EXPECT_EQ(log.at(12), nullptr);
  EXPECT_EQ(log.at(13)->seq, 13U);
  EXPECT_EQ(log.first_since(155), 16U);
  EXPECT_EQ(log.first_since(200), 20U);
  EXPECT_EQ(log.first_since(201), 21U);
  EXPECT_EQ(log.first_since(130), std::nullopt) << "frame 12 may have had the same time";
  EXPECT_EQ(log.first_since(0), std::nullopt);
}

TEST(TopicLog, TimesBeforeTheFirstFrameAreAnsweredWhileNothingWasForgotten) {
  TopicLog log(kCapacity);
  EXPECT_EQ(log.first_since(5), 1U);
  log.apply(both(1, 1));
  EXPECT_EQ(log.first_since(5), 1U);
  TopicLog restarted(kCapacity);
  restarted.apply(snapshot(1, 40));
  EXPECT_EQ(restarted.first_since(5), std::nullopt);
}

TEST(TopicLog, ANewEpochBeginsWithASnapshotThatEverybodyGets) {
  TopicLog log(kCapacity);
  log.apply(both(5, 1));
  EXPECT_FALSE(log.check(event(6, 1)));
  EXPECT_FALSE(log.check(snapshot(4, 9)));
  ASSERT_TRUE(log.check(both(6, 1)));
  EXPECT_EQ(log.apply(both(6, 1)), Effect::kSnapshot);
  EXPECT_EQ(log.epoch(), 6U);
  EXPECT_EQ(log.first_seq(), 1U);
  EXPECT_EQ(log.apply(snapshot(7, 0)), Effect::kSnapshot);
  EXPECT_EQ(log.last_seq(), 0U);
  EXPECT_EQ(log.first_seq(), 1U);
}

TEST(TopicLog, ASnapshotAloneKeepsTheHistoryOrJumpsOverAHole) {
  TopicLog log(kCapacity);
  log.apply(both(1, 1));
  log.apply(event(1, 2));
  EXPECT_FALSE(log.check(snapshot(1, 1)));
  EXPECT_EQ(log.apply(snapshot(1, 2)), Effect::kSnapshot);
  EXPECT_NE(log.at(1), nullptr);
  EXPECT_EQ(log.apply(snapshot(1, 9)), Effect::kSnapshot);
  EXPECT_EQ(log.at(2), nullptr);
  EXPECT_TRUE(log.check(event(1, 10)));
}

TEST(TopicLog, RefusesWhatDoesNotBelongTogether) {
  TopicLog log(kCapacity);
  EXPECT_FALSE(log.check({kTopic, nullptr, nullptr}));
  EXPECT_FALSE(log.check({{"other", Channel::kRace}, frame(Kind::kEvent, 1, 1), nullptr}));
  EXPECT_FALSE(log.check({kTopic, frame(Kind::kSnapshot, 1, 1), nullptr}));
  EXPECT_FALSE(log.check({kTopic, frame(Kind::kEvent, 1, 2), frame(Kind::kSnapshot, 1, 1)}));
  EXPECT_FALSE(log.check(event(1, 2))) << "nobody saw event 1";
}

TEST(TopicLog, HoldsTheKeyframeThatDeltasBuildOnHoweverOld) {
  TopicLog log(kCapacity);
  log.apply(event(1, 1, FrameClass::kKey));
  log.apply(event(1, 2, FrameClass::kDelta));
  for (std::uint64_t seq = 3; seq < 12; ++seq) log.apply(event(1, seq, FrameClass::kDelta));
  EXPECT_EQ(log.at(1), nullptr);
  ASSERT_EQ(log.keyframes().size(), 1U);
  EXPECT_EQ(log.keyframes().front()->seq, 1U);
}

FramePtr tick(std::uint64_t seq, std::uint8_t slot, bool keyframe, bool begins_run = false) {
  return make_tick_frame({.json = "{}",
                          .keyframe = keyframe,
                          .mark = {.slot = slot, .begins_run = begins_run},
                          .topic = kTopic,
                          .epoch = 1,
                          .seq = seq},
                         {});
}
Publication snapshot_of(std::uint64_t seq, std::uint8_t slots) {
  return {kTopic, nullptr,
          make_snapshot({Kind::kSnapshot, kTopic.channel, kTopic.track_id, "", 1, seq, 0, "{}", "", ""}, {},
                        slots)};
}

TEST(TopicLog, HoldsTheKeyframeOfEachSlotForAsLongAsItsMotoIsOnTheTrack) {
  TopicLog log(2);
  log.apply({kTopic, tick(1, 3, true), nullptr});
  log.apply({kTopic, tick(2, 0, true), nullptr});
  for (std::uint64_t seq = 3; seq < 9; ++seq) log.apply({kTopic, tick(seq, 3, false), nullptr});
  const auto seqs = [&] {
    std::vector<std::uint64_t> found;
    for (const FramePtr& frame : log.keyframes()) found.push_back(frame->seq);
    return found;
  };
  EXPECT_EQ(seqs(), (std::vector<std::uint64_t>{1, 2})) << "older first, and older than the log";
  log.apply(snapshot_of(8, 0b1000));
  EXPECT_EQ(seqs(), std::vector<std::uint64_t>{1});
  log.apply({kTopic, tick(9, 3, true), nullptr});
  EXPECT_EQ(seqs(), std::vector<std::uint64_t>{9});
  log.apply(snapshot(2, 0));
  EXPECT_TRUE(seqs().empty()) << "another numbering";
}

TEST(TopicLog, WhatALaterKeyframeOfTheRunReplacesIsSuperseded) {
  TopicLog log(64);
  auto put = [&, seq = std::uint64_t{0}](std::uint8_t slot, bool keyframe,
                                               bool begins = false) mutable {
    log.apply({kTopic, tick(++seq, slot, keyframe, begins), nullptr});
  };
  put(0, true, true);  // 1: tells where the run began
  put(0, false);       // 2
  put(1, true, true);  // 3: of the other moto
  put(1, false);       // 4
  put(0, true);        // 5
  put(0, false);       // 6
  put(0, true);        // 7: the last of its run
  put(0, false);       // 8
  put(0, true, true);  // 9: the next moto in that slot
  put(0, false);       // 10
  std::vector<std::uint64_t> superseded;
  for (std::uint64_t seq = 1; seq <= 10; ++seq) {
    if (log.superseded(seq)) superseded.push_back(seq);
  }
  EXPECT_EQ(superseded, (std::vector<std::uint64_t>{2, 5, 6, 8}));
}

TEST(Filter, EmptyListsAndUnnamedFramesPass) {
  const Filter none;
  EXPECT_FALSE(none.restricts());
  EXPECT_TRUE(none.passes({{"e"}, {"c"}, {"r"}}));
  const Filter riders{{}, {}, {"r1", "r2"}};
  EXPECT_TRUE(riders.restricts());
  EXPECT_TRUE(riders.passes({{"e"}, {}, {"r9", "r2"}}));
  EXPECT_FALSE(riders.passes({{"e"}, {}, {"r9"}}));
  EXPECT_TRUE(riders.passes({{"e"}, {}, {}})) << "a gate drop concerns every rider";
  const Filter two{{"e"}, {"novice"}, {}};
  EXPECT_TRUE(two.passes({{"e"}, {"novice"}, {}}));
  EXPECT_FALSE(two.passes({{"e"}, {"expert"}, {}}));
  EXPECT_FALSE(two.passes({{"x"}, {"novice"}, {}}));
}

}  // namespace
}  // namespace holeshot::live
