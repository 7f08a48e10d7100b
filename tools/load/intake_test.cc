#include "tools/load/intake.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holeshot::load {
namespace {

using nlohmann::json;

constexpr std::uint64_t kBegin = 1'700'000'000'000'000;

std::string frame(const char* kind, std::uint64_t seq, json payload = json::object(), std::uint64_t epoch = 7,
                  std::uint64_t ts_us = kBegin) {
  return json{{"channel", "race"},
              {"epoch", epoch},
              {"event_id", nullptr},
              {"kind", kind},
              {"payload", std::move(payload)},
              {"seq", seq},
              {"track_id", "t"},
              {"ts_us", ts_us}}
      .dump();
}

json tick(unsigned index, bool key) {
  return {{"event_type", "race_tick"}, {"keyframe", key}, {"moto_id", "m"}, {"tick_index", index}};
}

class IntakeTest : public ::testing::Test {
 protected:
  void opened(Seen& seen) { intake_.opened(seen, kBegin); }
  void take(Seen& seen, const std::string& text, std::uint64_t after_us = 1000,
            std::uint64_t socket_after_us = 400) {
    intake_.text(seen, text, {kBegin + after_us, kBegin + socket_after_us});
  }
  const std::vector<std::string> tracks_{"t"};
  Report report_;
  Intake intake_{tracks_, report_, false, {}};
  Seen one_;
  Seen two_;
};

TEST_F(IntakeTest, TimesFramesToTheSocketAndToTheRead) {
  opened(one_);
  take(one_, frame("snapshot", 0));
  take(one_, frame("event", 1, tick(0, true)), 1500, 600);
  take(one_, frame("event", 2, {{"event_type", "gate_drop"}}), 90);
  EXPECT_EQ(report_.tick_us.max(), 1500U);
  EXPECT_EQ(report_.arrival_us.max(), 600U);
  EXPECT_EQ(report_.event_us.max(), 90U);
  EXPECT_EQ(report_.event_us.count(), 1U) << "a snapshot has no time of its own";
}

TEST_F(IntakeTest, TimesNoHistoryThatAViewerAskedFor) {
  opened(one_);
  take(one_, frame("snapshot", 0));
  take(one_, frame("event", 1, json::object(), 7, kBegin - 1));
  EXPECT_EQ(report_.event_us.count(), 0U);
}

TEST_F(IntakeTest, CountsAClockThatIsAheadAndTimesNothingByIt) {
  opened(one_);
  take(one_, frame("event", 1, json::object(), 7, kBegin + 5000), 100);
  EXPECT_EQ(report_.from_the_future, 1U);
  EXPECT_EQ(report_.event_us.count(), 0U);
}

TEST_F(IntakeTest, TellsASkippedDeltaFromALostResult) {
  for (Seen* seen : {&one_, &two_}) {
    opened(*seen);
    take(*seen, frame("snapshot", 0));
    take(*seen, frame("event", 1, tick(0, true)));
  }
  take(one_, frame("event", 2, tick(1, false)));
  take(one_, frame("event", 3, {{"event_type", "race_finished"}}));
  take(one_, frame("event", 4, tick(2, true)));
  take(two_, frame("event", 4, tick(2, true)));
  EXPECT_EQ(intake_.losses().skipped_deltas, 1U);
  EXPECT_EQ(intake_.losses().lost_protected, 1U);
  EXPECT_EQ(report_.out_of_order, 0U);
}

TEST_F(IntakeTest, AsksNothingOfAViewerThatIsSlowOnPurposeOrFilters) {
  one_.reads = false;
  two_.filtered = true;
  for (Seen* seen : {&one_, &two_}) {
    opened(*seen);
    take(*seen, frame("snapshot", 0));
    take(*seen, frame("event", 5, {{"event_type", "gate_drop"}}));
  }
  EXPECT_EQ(intake_.losses().lost(), 0U);
}

TEST_F(IntakeTest, HoldsAFilteredViewerToTheNumberThatTheServerSaysItSentBefore) {
  two_.filtered = true;
  opened(one_);
  opened(two_);
  take(one_, frame("snapshot", 0));
  take(two_, frame("snapshot", 0));
  for (std::uint64_t seq = 1; seq <= 4; ++seq) take(one_, frame("event", seq, {{"event_type", "gate_drop"}}));
  const auto with_prev = [](std::uint64_t seq, std::uint64_t prev) {
    json envelope = json::parse(frame("event", seq, {{"event_type", "gate_drop"}}));
    envelope["prev_seq"] = prev;
    return envelope.dump();
  };
  take(two_, with_prev(2, 0));
  EXPECT_EQ(intake_.losses().lost(), 0U);
  take(two_, with_prev(4, 3));  // number 3 was sent, and never came
  EXPECT_EQ(intake_.losses().lost_protected, 1U);
}

TEST_F(IntakeTest, HoldsAFilteredViewerToTheLastNumberThatAHeartbeatNames) {
  two_.filtered = true;
  opened(one_);
  opened(two_);
  for (Seen* seen : {&one_, &two_}) {
    take(*seen, frame("snapshot", 0));
    take(*seen, frame("event", 1, tick(0, true)));
  }
  for (std::uint64_t seq = 2; seq <= 9; ++seq) take(one_, frame("event", seq, {{"event_type", "gate_drop"}}));
  take(two_, frame("event", 5, {{"event_type", "gate_drop"}}));
  take(two_, frame("heartbeat", 9, {{"prev_seq", 5}}));
  EXPECT_EQ(intake_.losses().lost(), 0U) << "a hole of a filter is none";
  take(two_, frame("heartbeat", 9, {{"prev_seq", 8}}));
  EXPECT_EQ(intake_.losses().lost_protected, 1U);
}

TEST_F(IntakeTest, TakesTheKeyframesThatANewcomerIsSentFromBeforeItsSnapshot) {
  opened(one_);
  take(one_, frame("snapshot", 40));
  take(one_, frame("event", 31, tick(0, true)));
  take(one_, frame("event", 38, tick(3, true)));
  take(one_, frame("event", 41, tick(4, false)));
  EXPECT_EQ(report_.out_of_order, 0U);
  EXPECT_EQ(intake_.losses().lost(), 0U);
  take(one_, frame("event", 38, tick(3, true)));
  EXPECT_EQ(report_.out_of_order, 1U) << "only until the stream has begun";
}

TEST_F(IntakeTest, SeesFramesTwiceAndBackwards) {
  opened(one_);
  take(one_, frame("snapshot", 4));
  take(one_, frame("event", 5));
  take(one_, frame("event", 5));
  take(one_, frame("event", 4));
  EXPECT_EQ(report_.out_of_order, 2U);
}

TEST_F(IntakeTest, TellsHowAViewerCameBack) {
  opened(one_);
  take(one_, frame("snapshot", 4));
  one_.lost_us = kBegin - 250;
  opened(one_);
  take(one_, frame("event", 5), 0);
  EXPECT_EQ(report_.returns.recovered, 1U);
  EXPECT_EQ(report_.back_us.max(), 250U);
  opened(one_);
  take(one_, frame("snapshot", 90));
  take(one_, frame("error", 90, {{"channel", nullptr}, {"code", "gap"}}));
  take(one_, frame("event", 91));
  EXPECT_EQ(report_.returns.snapshot, 1U);
  EXPECT_EQ(report_.returns.gap, 1U);
  EXPECT_EQ(intake_.losses().lost(), 0U) << "what is between was replaced, and said so";
  EXPECT_EQ(report_.out_of_order, 0U);
}

TEST_F(IntakeTest, AsksForNoTickThatALaterKeyframeReplacesForWhoComesBack) {
  opened(one_);
  opened(two_);
  for (Seen* seen : {&one_, &two_}) {
    take(*seen, frame("snapshot", 0));
    take(*seen, frame("event", 1, tick(0, true)));
  }
  for (unsigned index = 1; index <= 4; ++index)
    take(one_, frame("event", index + 1, tick(index, index == 2)));
  take(one_, frame("event", 6, tick(5, true)));
  two_.lost_us = kBegin;
  opened(two_);
  take(two_, frame("event", 6, tick(5, true)));
  EXPECT_EQ(intake_.losses().lost(), 0U);
  EXPECT_EQ(intake_.losses().before_keyframe, 4U);
  EXPECT_EQ(report_.returns.recovered, 1U);
}

TEST_F(IntakeTest, CountsANewEpochFromItsBeginning) {
  opened(one_);
  take(one_, frame("snapshot", 50));
  take(one_, frame("snapshot", 0, json::object(), 8));
  take(one_, frame("event", 1, json::object(), 8));
  EXPECT_EQ(report_.out_of_order, 0U);
  EXPECT_EQ(intake_.losses().lost(), 0U);
}

TEST_F(IntakeTest, CountsWhatIsNoFrame) {
  opened(one_);
  take(one_, "<html>");
  intake_.binary(one_, {}, {});
  EXPECT_EQ(report_.unreadable, 2U);
}

}  // namespace
}  // namespace holeshot::load
