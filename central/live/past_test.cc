#include "central/live/past.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace holeshot::live {
namespace {

using Json = nlohmann::json;

const TopicKey kTopic{"t", Channel::kRace};
constexpr std::uint64_t kEpoch = 7;

FramePtr frame(Kind kind, std::uint64_t seq, FrameClass frame_class) {
  return make_frame({.kind = kind,
                     .channel = kTopic.channel,
                     .track_id = kTopic.track_id,
                     .event_id = {},
                     .epoch = kEpoch,
                     .seq = seq,
                     .ts_us = seq * 1000,
                     .payload = R"({"n":)" + std::to_string(seq) + "}",
                     .kid = {},
                     .sig = {}},
                    frame_class);
}

class PastOf : public testing::Test {
 protected:
  void event(FrameClass frame_class = FrameClass::kControl, bool snapshot = false) {
    ++seq_;
    const Publication p{kTopic, frame(Kind::kEvent, seq_, frame_class),
                        snapshot ? frame(Kind::kSnapshot, seq_, FrameClass::kKey) : nullptr};
    ASSERT_TRUE(log_.check(p));
    log_.apply(p);
  }
  void events(int count) {
    for (int i = 0; i < count; ++i) event();
  }
  static std::vector<std::uint64_t> numbers(const Past& past) {
    std::vector<std::uint64_t> out;
    for (const auto& one : past.frames) out.push_back(one->seq);
    return out;
  }
  using Numbers = std::vector<std::uint64_t>;

  TopicLog log_{8};
  std::uint64_t seq_ = 0;
};

TEST_F(PastOf, WhatFollowsIsGivenWithoutASnapshot) {
  event(FrameClass::kControl, true);
  events(4);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 3});
  EXPECT_TRUE(past.complete);
  EXPECT_EQ(past.snapshot, nullptr);
  EXPECT_EQ(numbers(past), (Numbers{4, 5}));
  EXPECT_EQ(past.next_seq, 6U);
}

TEST_F(PastOf, WhoHasEverythingGetsNothing) {
  events(3);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 3});
  EXPECT_TRUE(past.complete);
  EXPECT_TRUE(past.empty());
  EXPECT_EQ(past.next_seq, 4U);
}

TEST_F(PastOf, WhatIsForgottenIsSaidAndReplacedByTheSnapshot) {
  event(FrameClass::kControl, true);
  events(9);
  ASSERT_EQ(log_.first_seq(), 3U);
  EXPECT_TRUE(past_of(log_, {.epoch = kEpoch, .since_seq = 2}).complete);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 1});
  EXPECT_FALSE(past.complete);
  ASSERT_NE(past.snapshot, nullptr);
  EXPECT_EQ(numbers(past).front(), 3U) << "2 is lost for good, and complete says so";
}

TEST_F(PastOf, AnotherEpochOrANumberThatIsStillToComeBeginsAnew) {
  event(FrameClass::kControl, true);
  for (const PastQuery& query :
       {PastQuery{.epoch = kEpoch - 1, .since_seq = 1}, PastQuery{.epoch = kEpoch, .since_seq = 2}}) {
    const Past past = past_of(log_, query);
    EXPECT_FALSE(past.complete);
    ASSERT_NE(past.snapshot, nullptr);
    EXPECT_EQ(past.snapshot->seq, 1U);
    EXPECT_EQ(past.epoch, kEpoch);
  }
}

TEST_F(PastOf, TicksThatALaterKeyframeReplacesAreLeftOutAndEventsAmongThemAreNot) {
  event(FrameClass::kKey);
  event(FrameClass::kDelta);
  event(FrameClass::kResult);
  event(FrameClass::kKey);
  event(FrameClass::kDelta);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 0});
  EXPECT_EQ(numbers(past), (Numbers{3, 4, 5}));
  ASSERT_NE(past.keyframe, nullptr);
  EXPECT_EQ(past.keyframe->seq, 4U);
}

TEST_F(PastOf, AKeyframeThatIsHeldAlreadyIsStillNamedSinceDeltasBuildOnIt) {
  event(FrameClass::kKey);
  event(FrameClass::kDelta);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 1});
  EXPECT_EQ(numbers(past), (Numbers{2}));
  ASSERT_NE(past.keyframe, nullptr);
  EXPECT_EQ(past.keyframe->seq, 1U);
}

TEST_F(PastOf, TheWindowIsKept) {
  event(FrameClass::kControl, true);
  events(5);
  EXPECT_TRUE(past_of(log_, {.epoch = kEpoch, .since_seq = 2, .window_us = 3000}).complete);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 1, .window_us = 3000});
  EXPECT_FALSE(past.complete);
  EXPECT_NE(past.snapshot, nullptr);
}

TEST_F(PastOf, OneAnswerIsBoundedAndTellsWhereToGoOn) {
  events(6);
  const Past past = past_of(log_, {.epoch = kEpoch, .since_seq = 1, .max_frames = 2});
  EXPECT_EQ(numbers(past), (Numbers{2, 3}));
  EXPECT_EQ(past.next_seq, 4U);
  EXPECT_EQ(numbers(past_of(log_, {.epoch = kEpoch, .since_seq = past.next_seq - 1})), (Numbers{4, 5, 6}));
}

TEST_F(PastOf, ATrackThatNeverSpokeWaitsForItsFirstEvent) {
  EXPECT_TRUE(past_of(log_, {.epoch = 0, .since_seq = 0}).complete);
  EXPECT_TRUE(past_of(log_, {}).empty());
}

TEST_F(PastOf, BodiesAreJsonWithTheFramesAsTheyWereSent) {
  event(FrameClass::kControl, true);
  event(FrameClass::kKey);
  const Json fresh = Json::parse(poll_body(past_of(log_, {})));
  EXPECT_EQ(fresh["recovered"], false);
  ASSERT_EQ(fresh["frames"].size(), 2U);
  EXPECT_EQ(fresh["frames"][0]["kind"], "snapshot");
  EXPECT_EQ(fresh["frames"][1]["payload"]["n"], 2);
  EXPECT_EQ(fresh["epoch"], kEpoch);
  EXPECT_EQ(fresh["next_seq"], 3);
  const Json again = Json::parse(poll_body(past_of(log_, {.epoch = kEpoch, .since_seq = 2})));
  EXPECT_EQ(again["recovered"], true);
  EXPECT_TRUE(again["frames"].empty());
  const Json caught = Json::parse(catch_up_body(past_of(log_, {.epoch = kEpoch, .since_seq = 1})));
  EXPECT_EQ(caught["complete"], true);
  EXPECT_EQ(caught["snapshot"], nullptr);
  EXPECT_EQ(caught["keyframe"]["seq"], 2);
  EXPECT_EQ(caught["frames"].size(), 1U);
}

}  // namespace
}  // namespace holeshot::live
