#include "central/live/turns.h"

#include <gtest/gtest.h>

#include "central/live/viewer_world.h"

namespace holeshot::live {
namespace {

constexpr std::uint64_t kHoldUs = 60'000;
constexpr std::uint64_t kSecond = 1'000'000;
constexpr std::uint64_t kFirst = 100 * kSecond;

FramePtr frame_of(FrameClass frame_class, Kind kind = Kind::kEvent) {
  Envelope envelope;
  envelope.kind = kind;
  envelope.track_id = "t";
  envelope.payload = "{}";
  return make_frame(envelope, frame_class);
}

// A loop without sockets' answers: what is taken counts as written.
class TurnsTest : public ::testing::Test, public ViewerWorld {
 protected:
  TurnsTest() : ViewerWorld(Turns(Pacer(kHoldUs, 0.5))) {}

  // Viewers for whom nothing waits.
  void seat(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add_viewer();
    while (take() > 0) continue;
  }
  // Takes a slice, writes it, and returns how many viewers it held.
  std::size_t take(std::uint64_t sweep_us = 0) {
    if (!chores_.turns.take(now_, slice_)) return 0;
    for (Viewer* viewer : slice_) viewer->flush();
    chores_.turns.written(slice_, now_, now_ + sweep_us);
    now_ += sweep_us;
    for (Viewer* viewer : slice_) viewer->turn_is_over();
    return slice_.size();
  }
  void send_all(const FramePtr& frame) {
    for (const auto& viewer : viewers_) viewer->send(frame);
  }
  // Sweeps of ticks that leave little time for anything else.
  void be_busy() {
    for (int i = 0; i < 20; ++i, now_ += 10'000) {
      send_all(delta_);
      while (take(40'000) > 0) continue;
      now_ += kHoldUs / 6;
    }
    for (; chores_.turns.next_us() != Turns::kNever; now_ += kHoldUs) take();
  }

  const FramePtr delta_ = frame_of(FrameClass::kDelta);
  const FramePtr key_ = frame_of(FrameClass::kKey);
  const FramePtr result_ = frame_of(FrameClass::kResult);
  const FramePtr heartbeat_ = frame_of(FrameClass::kControl, Kind::kHeartbeat);
  std::vector<Viewer*> slice_;
  std::uint64_t now_ = kFirst;
};

TEST_F(TurnsTest, AResultOvertakesASweepOfTicks) {
  seat(Turns::kSlice * 3);
  send_all(delta_);
  EXPECT_EQ(take(), Turns::kSlice);
  viewers_.back()->send(result_);   // whose tick still waits: both leave at once
  viewers_.front()->send(result_);  // who has its tick
  EXPECT_EQ(take(), Turns::kSlice) << "ticks have the rest of the slice";
  EXPECT_EQ(slice_[0], viewers_.back().get());
  EXPECT_EQ(slice_[1], viewers_.front().get());
  EXPECT_EQ(viewers_.back()->waiting(), 0U);
  while (take() > 0) continue;
  for (const auto& viewer : viewers_) ASSERT_EQ(viewer->waiting(), 0U);
}

TEST_F(TurnsTest, HeartbeatsAndKeyframesDoNotOvertakeAResultThatComesLater) {
  seat(Turns::kSlice * 2);
  send_all(heartbeat_);
  send_all(key_);
  viewers_.back()->send(result_);
  take();
  EXPECT_EQ(slice_[0], viewers_.back().get());
}

TEST_F(TurnsTest, TicksHaveTheirPartHoweverMuchIsPrompt) {
  seat(Turns::kSlice * 4);
  for (std::size_t i = 0; i < Turns::kSlice; ++i) viewers_[i]->send(delta_);
  for (std::size_t i = Turns::kSlice; i < viewers_.size(); ++i) viewers_[i]->send(result_);
  EXPECT_EQ(take(), Turns::kSlice);
  std::size_t ticks = 0;
  for (std::size_t i = 0; i < Turns::kSlice; ++i) ticks += viewers_[i]->waiting() == 0 ? 1U : 0U;
  EXPECT_EQ(ticks, Turns::kRoutineShare);
}

TEST_F(TurnsTest, NobodyIsTakenTwiceInASlice) {
  seat(2);
  viewers_[0]->send(delta_);
  viewers_[0]->send(result_);
  viewers_[1]->send(delta_);
  EXPECT_EQ(take(), 2U);
  EXPECT_EQ(take(), 0U);
  EXPECT_TRUE(chores_.turns.empty());
}

TEST_F(TurnsTest, AnIdleLoopHoldsNothing) {
  seat(10);
  send_all(delta_);
  EXPECT_EQ(chores_.turns.next_us(), 0U);
  EXPECT_EQ(take(), 10U);
  EXPECT_EQ(chores_.turns.next_us(), Turns::kNever);
}

TEST_F(TurnsTest, ABusyLoopWritesToOneHalfAtEachTickAndSendsTwoAtOnce) {
  seat(10);
  be_busy();
  send_all(heartbeat_);
  EXPECT_EQ(take(), 10U) << "a heartbeat is not held";
  send_all(delta_);
  EXPECT_EQ(take(), 5U);
  EXPECT_EQ(take(), 0U);
  for (int tick = 0; tick < 6; ++tick) {
    const std::vector<Viewer*> before = slice_;
    now_ += kHoldUs / 2;
    send_all(tick == 3 ? key_ : delta_);
    ASSERT_EQ(take(), 5U) << tick;
    std::size_t with_one = 0;
    for (const auto& viewer : viewers_) with_one += viewer->waiting();
    EXPECT_EQ(with_one, 5U) << "the other half has this tick waiting";
    for (Viewer* viewer : slice_) EXPECT_EQ(viewer->waiting(), 0U);
    EXPECT_EQ(take(), 0U);
  }
}

TEST_F(TurnsTest, ATickWaitsForNothingLongerThanItMay) {
  seat(10);
  be_busy();
  send_all(heartbeat_);
  take();
  send_all(delta_);
  EXPECT_EQ(take(), 5U);
  EXPECT_EQ(take(), 0U);
  EXPECT_EQ(chores_.turns.next_us(), now_ + kHoldUs);
  now_ += kHoldUs - 1;
  EXPECT_EQ(take(), 0U);
  now_ += 1;
  EXPECT_EQ(take(), 5U);
  EXPECT_EQ(chores_.turns.next_us(), Turns::kNever);
}

TEST_F(TurnsTest, WhatIsNotATickIsNotHeldAndTakesTheTicksAlong) {
  seat(10);
  for (const FramePtr& frame : {heartbeat_, result_}) {
    be_busy();
    send_all(heartbeat_);
    take();
    send_all(delta_);
    EXPECT_EQ(take(), 5U);
    for (const auto& viewer : viewers_) {
      if (viewer->waiting() == 0) continue;
      viewer->send(frame);
      ASSERT_EQ(take(), 1U) << "it concerns its own viewer alone";
      ASSERT_EQ(viewer->waiting(), 0U);
    }
    EXPECT_EQ(take(), 0U);
  }
}

TEST_F(TurnsTest, ALoopThatIsNotBusyAnyMoreHoldsNothingBack) {
  seat(10);
  be_busy();
  now_ += 3 * kSecond;
  send_all(delta_);
  EXPECT_EQ(take(), 10U);
}

TEST_F(TurnsTest, AfterAWordNothingIsHeld) {
  seat(10);
  be_busy();
  send_all(heartbeat_);
  take();
  send_all(delta_);
  EXPECT_EQ(take(), 5U);
  chores_.turns.hold_nothing();
  EXPECT_EQ(take(), 5U);
  send_all(delta_);
  EXPECT_EQ(take(), 10U);
}

}  // namespace
}  // namespace holeshot::live
